/**
 * Writes pictures of pages to `docs/screens/`: `npm run screens`. They are of a service of its own with the webhooks of the provider's
 * documentation, in a browser that knows no fonts but those it brings: only times differ from one run to the next.
 */
import { mkdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import type { UserId } from '../../../domain/identifiers.ts'
import { deliverAll } from '../../../src/demo/deliverAll.ts'
import { FLOWS } from '../../../src/sending/flows.ts'
import { play } from '../../../src/sending/play.ts'
import { inTab, openBrowser } from '../browser/browser.ts'
import { newDirectory } from '../newDirectory.ts'
import { apiKey } from '../page/signedIn.ts'
import { startHere } from '../service/inProcess.ts'

const SECRET = 'of the screens'
const API_KEYS = apiKey('operator', 'kyc:read', 'audit:read', 'retention:read', 'journal:write')
const { qes, refused: isRefused, video } = FLOWS
const LIVES = Object.entries({ '6481753': qes, '6490331': isRefused, '6503128': video })
const SHOWN = '6481753'

const WIDE = { width: 1024, height: 768 }
const PICTURES: Readonly<Record<string, { path: string; dark?: boolean; width: number; height: number }>> = {
  start: { path: '/', ...WIDE },
  users: { path: '/users', ...WIDE },
  user: { path: `/users/${SHOWN}`, width: 1024, height: 1340 },
  'user-narrow-dark': { path: `/users/${SHOWN}`, dark: true, width: 320, height: 800 },
  anomalies: { path: '/anomalies', ...WIDE },
  deliveries: { path: '/deliveries', ...WIDE },
  'health-dark': { path: '/health', dark: true, ...WIDE },
}
const MOST_BYTES = 180_000

const target = fileURLToPath(new URL('../../../docs/screens/', import.meta.url))
mkdirSync(target, { recursive: true })
const service = await startHere(newDirectory(), { TREEZOR_WEBHOOK_SECRET: SECRET, API_KEYS, SEAL_EVERY: '1' })
const address = `${service.url}/webhooks/treezor`
const refused = ['development', SECRET].map((text) =>
  JSON.stringify({ webhook: 'user.kycreview', object_payload: {}, text }),
)
for (const body of [...refused, 'hello', '{"Type":"SubscriptionConfirmation"}'])
  await fetch(address, { method: 'POST', body })
await deliverAll(service.url, SECRET)
for (const [userId, flow] of LIVES) {
  if (flow === undefined) throw new Error(`no such life: ${userId}`)
  const telling = { service: service.url, secret: SECRET, userId: userId as UserId, pauseMs: 0 }
  for await (const { name, delivery } of play(flow, telling))
    if (delivery._tag !== 'Taken') throw new Error(`${name}: ${JSON.stringify(delivery)}`)
}

const browser = await openBrowser()
const signIn = async (page: Page): Promise<void> => {
  await page.goto('/sign-in')
  await page.getByLabel('API key').fill('key-of-operator')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('Signed in as operator').waitFor()
}
try {
  for (const [name, { path, ...looking }] of Object.entries(PICTURES)) {
    const file = `${target}${name}.png`
    await inTab(browser, service.url, looking, async (page) => {
      await signIn(page)
      await page.goto(path)
      await page.screenshot({ path: file })
    })
    const { size } = statSync(file)
    console.log(`${name}.png  ${size} bytes`)
    if (size > MOST_BYTES) throw new Error(`${name}.png is too large for a document`)
  }
} finally {
  await browser.close()
  await service.stop()
}
