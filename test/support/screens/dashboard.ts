/**
 * Draws `docs/screens/dashboard.png`, by hand, where Prometheus is installed: `node test/support/screens/dashboard.ts`. A real Prometheus
 * scrapes a real service for a minute of load and evaluates each query of the dashboard; the panels are drawn from what it gives. It says
 * which queries gave nothing.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { UserId } from '../../../domain/identifiers.ts'
import { FLOWS } from '../../../src/sending/flows.ts'
import { play } from '../../../src/sending/play.ts'
import { inTab, openBrowser } from '../browser/browser.ts'
import { type Panel, readDashboard } from '../dashboard/dashboard.ts'
import { drawPanels, type Line } from '../dashboard/draw.ts'
import { freePort } from '../freePort.ts'
import { newDirectory } from '../newDirectory.ts'
import { eventually } from '../patience.ts'
import { type Service, startService } from '../service/service.ts'
import { badlySigned, newUser, payin, request, signed, validation } from '../webhooks/webhookBuilders.ts'

const SECONDS = 75
/** Whoever has no answer yet is not asked again: at most so many at a time. */
const CALLERS = 4
const PICTURE = fileURLToPath(new URL('../../../docs/screens/dashboard.png', import.meta.url))

/** Prometheus, scraping the service each second; ended by `stop`. */
const startPrometheus = async (service: Service) => {
  const directory = newDirectory()
  const config = join(directory, 'prometheus.yml')
  const target = new URL(service.url).host
  writeFileSync(
    config,
    `global: { scrape_interval: 1s }\nscrape_configs: [{ job_name: kyc-ledger, static_configs: [{ targets: ['${target}'], labels: { instance: a } }] }]\n`,
  )
  const port = await freePort()
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  )
  const url = `http://127.0.0.1:${port}`
  await eventually('Prometheus', async () => ((await fetch(`${url}/-/ready`).catch(() => null))?.ok ? true : null))
  return {
    range: async (expr: string, from: number, to: number): Promise<readonly PromSeries[]> => {
      const query = expr.replaceAll('$__rate_interval', '15s').replaceAll('$instance', '.*')
      const asked = new URLSearchParams({ query, start: String(from), end: String(to), step: '1' })
      const answer = (await (await fetch(`${url}/api/v1/query_range?${asked}`)).json()) as {
        readonly status: string
        readonly error?: string
        readonly data: { readonly result: readonly PromSeries[] }
      }
      if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`)
      return answer.data.result
    },
    stop: async () => {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

interface PromSeries {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly (readonly [number, string])[]
}

const lineOf = (legend: string, { metric, values }: PromSeries, from: number, to: number): Line => {
  const found = new Map(values.map(([at, value]) => [Math.round(at - from), Number(value)]))
  return {
    name: legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
    values: Array.from({ length: Math.round(to - from) + 1 }, (_, at) => {
      const value = found.get(at)
      return value === undefined || Number.isNaN(value) ? null : value
    }),
  }
}

/** Lives of users, reads, what is passed over, and now and then what is refused. */
const load = async ({ url, get, post }: Service, until: number): Promise<void> => {
  const flows = Object.values(FLOWS)
  const call = async (): Promise<void> => {
    for (let turn = 0; performance.now() < until; turn++) {
      const userId = newUser() as UserId
      const flow = flows[turn % flows.length]
      if (flow === undefined) continue
      const telling = { service: url, secret: 'development', userId, pauseMs: 0 }
      for await (const _ of play(flow, telling)) await (await get(`/users/${userId}/kyc`)).text()
      await post(signed(request(newUser(), { createdAt: Date.now() * 10 })))
      await post(signed(payin()))
      if (turn % 10 === 3) await post(signed(validation(newUser(), { createdAt: Date.now() * 10 })))
      if (turn % 20 === 9) await post(badlySigned(request(newUser())))
      const paths = [
        `/users/${userId}/kyc/history`,
        '/users?status=pending',
        '/changes',
        `/users/${userId}/events`,
        '/users/x/kyc',
      ]
      for (const path of paths) await (await get(path)).text()
      await delay(100)
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, call))
}

/** Somebody who is told of changes, and takes everything. */
const startEndpoint = async () => {
  const server = createServer((req, res) => {
    req.resume()
    res.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const file = join(newDirectory(), 'webhooks-out.json')
  const secrets = [`whsec_${randomBytes(24).toString('base64')}`]
  const endpoint = { name: 'shop', url: `http://127.0.0.1:${port}/`, secrets, allowPrivate: true }
  writeFileSync(file, JSON.stringify({ version: 1, endpoints: [endpoint] }), { mode: 0o600 })
  return { file, stop: () => server.close() }
}

const endpoint = await startEndpoint()
const service = await startService(newDirectory(), {
  SEAL_EVERY: '5',
  BACKUP_EVERY: 'PT20S',
  BACKUP_DIR: newDirectory(),
  WEBHOOKS_OUT: endpoint.file,
})
await service.ready()
const prometheus = await startPrometheus(service)
const browser = await openBrowser()
try {
  const from = Math.floor(Date.now() / 1000)
  await load(service, performance.now() + SECONDS * 1000)
  const to = from + SECONDS
  const drawings: (readonly [Panel, readonly Line[]])[] = []
  for (const panel of readDashboard().panels) {
    const lines: Line[] = []
    for (const { expr, legendFormat } of panel.targets ?? []) {
      const found = await prometheus.range(expr, from + 10, to)
      if (found.length === 0) console.log(`no data: ${panel.title}: ${expr}`)
      lines.push(...found.map((series) => lineOf(legendFormat, series, from + 10, to)))
    }
    drawings.push([panel, lines])
  }
  const caption = `The queries of the dashboard, evaluated by Prometheus over ${SECONDS - 10} s of a service under load, drawn by a script: not a picture of Grafana`
  await inTab(browser, service.url, { width: 1080, height: 800 }, async (page) => {
    await page.setContent(drawPanels(drawings, caption))
    await page.screenshot({ path: PICTURE, fullPage: true })
  })
} finally {
  await browser.close()
  await prometheus.stop()
  await service.stop()
  endpoint.stop()
}
