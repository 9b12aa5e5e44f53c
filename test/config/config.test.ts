import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { type Config, readConfig } from '../../src/config/config.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { left, right } from '../support/right.ts'
import { spawnService } from '../support/service/serviceProcess.ts'

const HASH = 'ab'.repeat(32)
const OTHER = '12'.repeat(32)
const KEY = `reader:kyc:read:${HASH}`

type Environment = Parameters<typeof readConfig>[0]
const faultsOf = (environment: Environment): readonly string[] => left(readConfig(environment)) as readonly string[]
const configOf = (environment: Environment): Config => right(readConfig(environment))
const names = (faults: readonly string[]): readonly string[] => faults.map((fault) => fault.split(':')[0] ?? '').sort()

describe('the configuration', () => {
  it('needs nothing on a developer machine, and says what that means', () => {
    const { warnings, ...config } = configOf({})
    expect(config).to.deep.include({
      host: '127.0.0.1',
      port: 3000,
      logLevel: 'info',
      eventStore: { kind: 'sqlite', file: 'data/events.db' },
      dataDir: 'data',
      secrets: ['development'],
      apiKeys: [],
      metricsOpen: false,
      trustProxy: [],
      page: true,
    })
    expect(configOf({ METRICS_OPEN: 'on' }).metricsOpen).to.equal(true)
    expect(configOf({ PAGE: 'off' }).page).to.equal(false)
    expect(warnings).to.have.length(2)
    expect(warnings.join()).to.include('TREEZOR_WEBHOOK_SECRET').and.to.include('API_KEYS')
    expect(configOf({ TREEZOR_WEBHOOK_SECRET: 's', API_KEYS: KEY }).warnings).to.deep.equal([])
  })

  it('takes an empty variable for one that is not set', () => {
    const empty = {
      PORT: '',
      HOST: ' ',
      LOG_LEVEL: '',
      EVENT_STORE: '',
      DATA_DIR: '',
      TREEZOR_WEBHOOK_SECRET: ' , ',
      API_KEYS: ',',
    }
    expect(configOf(empty)).to.deep.equal(configOf({}))
  })

  it('keeps the event log in the data directory unless told otherwise', () => {
    expect(configOf({ DATA_DIR: '/d' }).eventStore).to.deep.equal({ kind: 'sqlite', file: '/d/events.db' })
    expect(configOf({ DATA_DIR: '/d', EVENT_STORE: 'sqlite:/e.db' }).eventStore).to.deep.equal({
      kind: 'sqlite',
      file: '/e.db',
    })
  })

  it('waits three days for a decision before that counts as drift, unless told otherwise', () => {
    expect(configOf({}).driftAfterSeconds).to.equal(72 * 3600)
    expect(configOf({ DRIFT_AFTER: 'P1DT6H' }).driftAfterSeconds).to.equal(30 * 3600)
    for (const DRIFT_AFTER of ['72', 'P0D', 'P1M', '-P1D'])
      expect(names(faultsOf({ DRIFT_AFTER })), DRIFT_AFTER).to.deep.equal(['DRIFT_AFTER'])
  })

  it('has the provider asked as often as is said, and where it is known how', () => {
    expect(configOf({}).reconcileEverySeconds).to.equal(null)
    expect(names(faultsOf({ RECONCILE_EVERY: 'PT6H' }))).to.deep.equal(['RECONCILE_EVERY'])
    expect(names(faultsOf({ RECONCILE_EVERY: '6h', TREEZOR_API_URL: 'http://127.0.0.1:9' }))).to.include(
      'RECONCILE_EVERY',
    )
  })

  it('takes several secrets and several keys', () => {
    const other = `auditor:audit:read+kyc:read:${OTHER.toUpperCase()}`
    const config = configOf({ TREEZOR_WEBHOOK_SECRET: 'one, two ,three', API_KEYS: `${KEY}, ${other}` })
    expect(config.secrets).to.deep.equal(['one', 'two', 'three'])
    expect(config.apiKeys).to.deep.equal([
      { name: 'reader', scopes: ['kyc:read'], sha256: HASH },
      { name: 'auditor', scopes: ['audit:read', 'kyc:read'], sha256: OTHER },
    ])
  })

  it('names all its faults at once', () => {
    const faults = faultsOf({
      PORT: '70000',
      LOG_LEVEL: 'loud',
      EVENT_STORE: 'oracle:x',
      API_KEYS: 'a,b',
      HOST: '0.0.0.0',
      PAGE: 'no',
    })
    expect(names(faults)).to.deep.equal([
      'API_KEYS',
      'API_KEYS',
      'EVENT_STORE',
      'LOG_LEVEL',
      'PAGE',
      'PORT',
      'TREEZOR_WEBHOOK_SECRET',
    ])
  })

  it('repeats no value in a fault: it may be a secret', () => {
    const marker = 's3cret-value'
    const faults = faultsOf({
      PORT: marker,
      LOG_LEVEL: marker,
      EVENT_STORE: marker,
      PAGE: marker,
      API_KEYS: `${marker},x:kyc:read:${marker},${marker}:nothing:${HASH}`,
    })
    expect(faults).to.have.length(7)
    expect(faults.join('\n')).to.not.include(marker).and.to.not.include(HASH)
  })

  for (const port of ['-1', '65536', '3e3', '1.5', '0x50', 'http', '999999']) {
    it(`refuses port ${port}`, () => expect(names(faultsOf({ PORT: port }))).to.deep.equal(['PORT']))
  }

  for (const key of [
    'reader',
    `:kyc:read:${HASH}`,
    `reader::${HASH}`,
    `reader:kyc:write:${HASH}`,
    `reader:kyc:read+:${HASH}`,
    'reader:kyc:read:the-key-itself',
    `reader:kyc:read:${HASH}0`,
    `reader:kyc:read:${HASH.slice(2)}zz`,
    HASH,
  ]) {
    it(`refuses the key ${key.replace(HASH, '<hash>')}`, () =>
      expect(names(faultsOf({ API_KEYS: key }))).to.deep.equal(['API_KEYS']))
  }

  it('takes the scopes of retention, and refuses one key under two names: two persons are told apart by them', () => {
    const scopes = 'retention:read+retention:request+retention:confirm'
    expect(configOf({ API_KEYS: `officer:${scopes}:${HASH}` }).apiKeys[0]?.scopes).to.deep.equal(scopes.split('+'))
    const keys = `a:kyc:read:${HASH},b:retention:confirm:${HASH.toUpperCase()},c:kyc:read:${OTHER},c:audit:read:${OTHER}`
    const faults = faultsOf({ API_KEYS: keys })
    expect(faults).to.deep.equal([
      'API_KEYS: entry 1 and API_KEYS: entry 2 are one key under several names: one person would pass for two',
    ])
  })

  for (const host of [
    '0.0.0.0',
    '::',
    '10.0.0.1',
    'example.com',
    '127.0.0.1.example.com',
    '128.0.0.1',
    'localhost.example.com',
  ]) {
    it(`asks for keys and a secret on ${host}`, () => {
      expect(names(faultsOf({ HOST: host }))).to.deep.equal(['API_KEYS', 'TREEZOR_WEBHOOK_SECRET'])
      const secret = faultsOf({ HOST: host, API_KEYS: KEY, TREEZOR_WEBHOOK_SECRET: 'development' })
      expect(names(secret)).to.deep.equal(['TREEZOR_WEBHOOK_SECRET'])
      expect(E.isRight(readConfig({ HOST: host, API_KEYS: KEY, TREEZOR_WEBHOOK_SECRET: 'a secret' }))).to.equal(true)
    })
  }

  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '::1']) {
    it(`asks for neither on ${host}`, () => {
      expect(E.isRight(readConfig({ HOST: host }))).to.equal(true)
    })
  }

  it('that is faulty ends the service with code 2, every fault on a line of its own', async () => {
    const child = spawnService(newDirectory(), { PORT: 'x1x', LOG_LEVEL: 'x2x', EVENT_STORE: 'x3x', API_KEYS: 'x4x' })
    expect((await child.exited).code).to.equal(2)
    expect(names(child.stderr().trimEnd().split('\n'))).to.deep.equal(['API_KEYS', 'EVENT_STORE', 'LOG_LEVEL', 'PORT'])
    expect(child.stderr() + child.stdout()).to.not.match(/x\dx/)
  })
})
