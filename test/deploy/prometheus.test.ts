import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { queriesOf, readDashboard } from '../support/dashboard/dashboard.ts'
import { installed } from '../support/installed.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { sharedProcess } from '../support/service/service.ts'
import { badlySigned, newUser, request } from '../support/webhooks/webhookBuilders.ts'

const FOLDER = fileURLToPath(new URL('../../deploy/prometheus/', import.meta.url))
const textOf = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
const RULES = textOf('deploy/prometheus/kyc-ledger.rules.yml')
/** Of the process that takes no tokens it is not told. */
const ONLY_WITH_TOKENS = 'kyc_issuer_keys_fetched_timestamp_seconds'
const TEST_FILES = ['kyc-ledger.rules.test.yml', 'kyc-ledger.rules.hours.test.yml']
const TESTS = TEST_FILES.map((file) => textOf(`deploy/prometheus/${file}`)).join('\n')
const MONITORING = textOf('docs/monitoring.md')

interface Alert {
  readonly name: string
  readonly expr: string
  readonly text: string
}

/** The alerts of the rules, each with its lines. */
const ALERTS: readonly Alert[] = RULES.split(/^ {6}- alert: /m)
  .slice(1)
  .map((text) => ({
    name: text.split('\n', 1)[0] ?? '',
    expr: /^ {8}expr: ([\s\S]*?)^ {8}for:/m.exec(text)?.[1] ?? '',
    text: text.replace(/^ {2}- name: [\s\S]*/m, ''),
  }))

interface Family {
  readonly type: string
  readonly labels: ReadonlySet<string>
  readonly hasSamples: boolean
}

/** What `/metrics` tells, by name. */
const familiesIn = (text: string): ReadonlyMap<string, Family> =>
  new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => {
      const samples = [...text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{(.*)\\})? `, 'gm'))]
      const labels = samples.flatMap(([, inside = '']) =>
        [...inside.matchAll(/(\w+)="/g)].map(([, label = '']) => label),
      )
      return [name, { type, labels: new Set(labels.filter((one) => one !== 'le')), hasSamples: samples.length > 0 }]
    }),
  )

/** The metrics that an expression asks for: those of a histogram by its own name. */
const metricsIn = (expr: string): readonly string[] =>
  [...expr.matchAll(/\b(?:kyc|nodejs|process)_\w+/g)].map(([name]) => name)

const missingIn = (families: ReadonlyMap<string, Family>, exprs: readonly string[]): readonly string[] =>
  exprs
    .flatMap(metricsIn)
    .filter(
      (name) => !families.has(name) && families.get(name.replace(/_(?:bucket|sum|count)$/, ''))?.type !== 'histogram',
    )

describe('what Prometheus is told', () => {
  const service = sharedProcess()
  let text = ''
  let families: ReadonlyMap<string, Family>
  before(async () => {
    const user = newUser()
    await service().deliver(request(user))
    await service().kyc(user)
    await service().post(badlySigned(request(newUser())))
    text = await (await service().get('/metrics')).text()
    families = familiesIn(text)
  })

  it('is a table of docs/monitoring.md: every metric, with its type and its labels, and no other', () => {
    const rows = new Map(
      [...MONITORING.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) \| (.+) \|$/gm)].map(
        ([, name = '', type, labels = '']) => [
          name,
          { type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label) },
        ],
      ),
    )
    const always = [...rows.keys()].filter((name) => name !== ONLY_WITH_TOKENS)
    expect(always.sort()).to.deep.equal([...families.keys()].sort())
    for (const [name, { type, labels, hasSamples }] of families) {
      expect(rows.get(name)?.type, name).to.equal(type)
      if (hasSamples && name !== 'nodejs_active_requests')
        expect(rows.get(name)?.labels.sort(), name).to.deep.equal([...labels].sort())
    }
  })

  it('names no path, and nobody', () => {
    const routes = [...text.matchAll(/route="([^"]*)"/g)].map(([, route]) => route)
    expect(routes).to.include.members(['/users/{userId}/kyc', '/webhooks/treezor'])
    expect(routes.filter((route) => /\d/.test(route ?? ''))).to.deep.equal([])
  })

  it('is what the rules ask for', () => {
    expect(ALERTS.length).to.be.greaterThan(40)
    expect(missingIn(families, ['kyc_nix > 0 and rate(kyc_delivery_duration_seconds_bucket[5m])'])).to.deep.equal([
      'kyc_nix',
    ])
    for (const { name, expr } of ALERTS) {
      expect(metricsIn(expr).length + (expr.includes('up{') ? 1 : 0), name).to.be.greaterThan(0)
      expect(missingIn(families, [expr]), name).to.deep.equal([])
    }
  })

  it('is what the dashboard asks for, and its variables are those that it has', () => {
    const dashboard = readDashboard()
    const queries = queriesOf(dashboard)
    expect(queries.length).to.be.greaterThan(30)
    expect(missingIn(families, queries)).to.deep.equal([])
    const variables = dashboard.templating.list.map(({ name }) => name)
    expect(variables).to.deep.equal(['datasource', 'instance'])
    const asked = [...textOf('deploy/grafana/kyc-ledger.json').matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name)
    expect([...new Set(asked)].sort()).to.deep.equal(['__all', '__rate_interval', 'datasource', 'instance'])
  })

  it('has a name and a unit as Prometheus wants them', function () {
    const promtool = installed('promtool', 'prometheus', 'names of metrics are not checked')
    if (promtool === null) return this.skip()
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' })
    expect(status, stdout + stderr).to.equal(0)
    expect(stderr).to.equal('')
    const wrong = '# HELP kyc_x_total x\n# TYPE kyc_x_total gauge\nkyc_x_total 1\n'
    expect(spawnSync(promtool, ['check', 'metrics'], { input: wrong }).status).to.not.equal(0)
  })
})

describe('the alerts', () => {
  it('each say how urgent they are, what is wrong, and where it stands what to do', () => {
    const headings = new Set([...MONITORING.matchAll(/^#### (\w+)$/gm)].map(([, name = '']) => name))
    for (const { name, text } of ALERTS) {
      expect(text, name).to.match(/^ {10}severity: (?:page|ticket)$/m)
      for (const annotation of ['summary', 'description'])
        expect(text, name).to.match(new RegExp(`^ {10}${annotation}: .{15,}$`, 'm'))
      expect(text, name).to.include(`runbook_url: docs/monitoring.md#${name.toLowerCase()}\n`)
      expect(text, name).to.match(/^ {8}for: \d+[mh]$/m)
    }
    expect([...headings].sort()).to.deep.equal(ALERTS.map(({ name }) => name).sort())
  })

  it('each have a test in which they fire, and one in which they do not', () => {
    const names = [...TESTS.matchAll(/^ {2}- name: (\w+) (fires|is quiet)$/gm)].map(([, name, how]) => `${name} ${how}`)
    expect(names.sort()).to.deep.equal(ALERTS.flatMap(({ name }) => [`${name} fires`, `${name} is quiet`]).sort())
  })

  /** Each is tried beside no other: with all of them in every test it takes ten times as long. */
  const run = (promtool: string, exprOf: (alert: Alert) => string) => {
    const folder = newDirectory()
    for (const alert of ALERTS) {
      const rule = `      - alert: ${alert.text.replace(alert.expr, () => exprOf(alert))}`
      writeFileSync(join(folder, `${alert.name}.yml`), `groups:\n  - name: one\n    rules:\n${rule}`)
    }
    const files = TEST_FILES.flatMap((file) => {
      const [head = '', ...tests] = textOf(`deploy/prometheus/${file}`).split(/^ {2}- name: /m)
      const byAlert = Map.groupBy(tests, (text) => text.split(' ', 1)[0] ?? '')
      return [...byAlert].map(([name, of]) => {
        for (const text of of) expect(text, name).to.include(`ALERTS{alertname="${name}", alertstate="firing"}`)
        const written = `${name}.${file}`
        const text = of.map((one) => `  - name: ${one}`).join('')
        writeFileSync(join(folder, written), head.replace('kyc-ledger.rules.yml', `${name}.yml`) + text)
        return written
      })
    })
    // It ends soon: what it leaves behind is collected less often, for a fifth less of the processor.
    const env = { ...process.env, GOGC: '400' }
    return spawnSync(promtool, ['test', 'rules', ...files], { cwd: folder, encoding: 'utf8', env })
  }

  it('fire when they should, and only then', function () {
    const promtool = installed('promtool', 'prometheus', 'alerts are not tried')
    if (promtool === null) return this.skip()
    const { status, stdout, stderr } = run(promtool, ({ expr }) => expr)
    expect(status, stdout + stderr).to.equal(0)
    // One that always fires fails each test in which it is to be quiet, one that never does each other one.
    for (const expr of ['vector(1)', 'vector(1) > 2']) {
      const failed = run(promtool, () => `${expr}\n`)
      expect([...(failed.stdout + failed.stderr).matchAll(/got:/g)], expr).to.have.length(ALERTS.length)
    }
  })

  it('are part of a configuration that Prometheus takes', function () {
    const promtool = installed('promtool', 'prometheus', 'its configuration is not checked')
    if (promtool === null) return this.skip()
    const folder = newDirectory()
    cpSync(FOLDER, folder, { recursive: true })
    const key = join(folder, 'key')
    writeFileSync(key, 'a key')
    const config = join(folder, 'prometheus.yml')
    writeFileSync(config, readFileSync(config, 'utf8').replace('/etc/prometheus/kyc-ledger.key', key))
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'config', config], { encoding: 'utf8' })
    expect(status, stdout + stderr).to.equal(0)
  })
})
