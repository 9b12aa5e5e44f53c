import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { parse } from 'yaml'

const ROOT = new URL('../../', import.meta.url)
const textOf = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8')

interface Node {
  readonly environment: Readonly<Record<string, string>>
  readonly volumes: readonly string[]
  readonly stop_grace_period: string
  readonly read_only: boolean
  readonly cap_drop: readonly string[]
}
const { services, volumes } = parse(textOf('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Node>>
  readonly volumes: Readonly<Record<string, null>>
}
const NODES = Object.entries(services).filter(([name]) => name.startsWith('node-'))

describe('docker-compose.yml', () => {
  it('gives each node a volume of its own, the time to stop, and no right that it does not need', () => {
    const own = NODES.flatMap(([, node]) => node.volumes.filter((one) => one.endsWith(':/data')))
    expect(new Set(own).size).to.equal(2)
    for (const one of own) expect(volumes).to.have.property(one.split(':')[0] ?? '')
    for (const [, node] of NODES) {
      // DRAIN_DELAY on an address that is not a loopback one, and ten.
      expect(Number.parseInt(node.stop_grace_period, 10)).to.be.at.least(5 + 10)
      expect(node.read_only).to.equal(true)
      expect(node.cap_drop).to.deep.equal(['ALL'])
    }
  })

  it('holds no secret: they are files in a directory that is mounted whole, so that others can take their place', () => {
    for (const [name, { environment, volumes: mounted }] of NODES) {
      for (const variable of Object.keys(environment)) expect(textOf('docs/api.md')).to.include(`\`${variable}\``)
      expect(environment).to.not.have.any.keys('TREEZOR_WEBHOOK_SECRET', 'API_KEYS')
      const directories = mounted.filter((one) => one.endsWith(':ro')).map((one) => one.split(':').at(-2))
      for (const variable of ['TREEZOR_WEBHOOK_SECRET_FILE', 'API_KEYS_FILE'])
        expect(directories, name).to.include(environment[variable]?.replace(/\/[^/]+$/, ''))
    }
    for (const path of ['.gitignore', '.dockerignore']) expect(textOf(path)).to.match(/^secrets\/?$/m)
  })
})
