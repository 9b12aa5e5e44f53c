import { createHash } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'
import { HTML, sendForm, tokenOn } from '../support/page/signedIn.ts'
import { untilTrue } from '../support/patience.ts'
import { expectProblem } from '../support/service/answers.ts'
import { type Service, startService } from '../support/service/service.ts'
import { newUser, request, signed } from '../support/webhooks/webhookBuilders.ts'

const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex')
const entry = (name: string, key: string, scopes = 'kyc:read'): string => `${name}:${scopes}:${sha256(key)}`
const METRICS = entry('metrics', 'key-of-metrics', 'metrics:read')

describe('SIGHUP', () => {
  const directory = newDirectory()
  const [keys, secrets] = [join(directory, 'keys'), join(directory, 'secrets')]
  /** In one step, as everybody should. */
  const write = (file: string, ...lines: readonly string[]): void => {
    writeFileSync(`${file}.new`, `${lines.join('\n')}\n`, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
  let service: Service
  before(async () => {
    write(keys, '# who may ask', '', entry('shop', 'old'), METRICS)
    write(secrets, 'old secret')
    service = await startService(join(directory, 'data'), { API_KEYS_FILE: keys, TREEZOR_WEBHOOK_SECRET_FILE: secrets })
    await service.ready()
  })
  after(() => service.stop())

  const linesWith = (text: string): readonly string[] =>
    service
      .stdout()
      .split('\n')
      .filter((line) => line.includes(text))
  const reload = async (said = 'were read anew'): Promise<void> => {
    const before = linesWith(said).length
    service.signal('SIGHUP')
    await untilTrue(said, () => linesWith(said).length > before)
  }
  const statusOf = async (key: string, path = '/users'): Promise<number> => {
    const response = await service.get(path, { authorization: `Bearer ${key}` })
    await response.arrayBuffer()
    return response.status
  }
  const delivered = async (secret: string): Promise<number> => {
    const response = await service.post(signed(request(newUser()), secret))
    await response.arrayBuffer()
    return response.status
  }
  const metric = async (name: string): Promise<number> => {
    const text = await (await service.get('/metrics', { authorization: 'Bearer key-of-metrics' })).text()
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  }

  it('replaces a key and a secret under load, and no request is lost', async () => {
    const seen: { readonly what: string; readonly status: number }[] = []
    let [isOver, secret, key] = [false, 'old secret', 'old']
    const loop = async (what: string, ask: () => Promise<number>): Promise<void> => {
      while (!isOver) {
        seen.push({ what, status: await ask() })
        await sleep(5)
      }
    }
    const loops = [
      loop('delivery', () => delivered(secret)),
      loop('delivery', () => delivered(secret)),
      loop('read', () => statusOf(key)),
      loop('read', () => statusOf(key)),
    ]
    const some = async (): Promise<void> => {
      const before = seen.length
      await untilTrue('requests went on', () => seen.length > before + 20)
    }
    await some()
    // Both are good; then the new ones are used; then the old ones are taken away.
    write(keys, entry('shop', 'old'), entry('shop', 'new'), METRICS)
    write(secrets, 'new secret', 'old secret')
    await reload()
    await some()
    ;[secret, key] = ['new secret', 'new']
    await some()
    write(keys, entry('shop', 'new'), METRICS)
    write(secrets, 'new secret')
    await reload()
    await some()
    isOver = true
    await Promise.all(loops)
    expect(seen.filter(({ status }) => status !== 200)).to.deep.equal([])
    expect(new Set(seen.map(({ what }) => what)).size).to.equal(2)
    expect(await statusOf('old')).to.equal(401)
    expect([await delivered('new secret'), await delivered('old secret')]).to.deep.equal([200, 503])
  })

  it('ends sessions and live answers of a key that is gone, at once, and no others', async () => {
    write(keys, entry('shop', 'new'), entry('guest', 'of-the-guest'), METRICS)
    await reload()
    const signIn = async (key: string): Promise<Readonly<Record<string, string>>> => {
      const response = await sendForm(service, '/sign-in', { key })
      await response.arrayBuffer()
      return { ...HTML, cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' }
    }
    const [guest, shop] = [await signIn('of-the-guest'), await signIn('new')]
    expect(tokenOn(await (await service.get('/', guest)).text())).to.not.equal('')
    const follow = async (headers: Readonly<Record<string, string>>) => {
      const response = await service.get('/changes', { ...headers, accept: 'text/event-stream' })
      expect(response.status).to.equal(200)
      let isOver = false
      const reader = response.body?.getReader()
      const read = async (): Promise<void> => {
        while (!(await reader?.read())?.done);
      }
      read()
        .catch(() => undefined)
        .finally(() => {
          isOver = true
        })
      return { isOver: () => isOver, leave: () => reader?.cancel().catch(() => undefined) }
    }
    const ofGuest = [
      await follow({ authorization: 'Bearer of-the-guest' }),
      await follow({ cookie: guest['cookie'] ?? '' }),
    ]
    const ofShop = [await follow({ authorization: 'Bearer new' }), await follow({ cookie: shop['cookie'] ?? '' })]
    write(keys, entry('shop', 'new'), METRICS)
    await reload()
    await untilTrue('they end', () => ofGuest.every(({ isOver }) => isOver()))
    expect(ofShop.map(({ isOver }) => isOver())).to.deep.equal([false, false])
    // Node takes who looks out for the end of an answer for a leak where they are many.
    expect(service.stderr()).to.not.include('MaxListeners')
    await expectProblem(await service.get('/users', { cookie: guest['cookie'] ?? '' }), 401, 'no-api-key')
    expect((await service.get('/users', { cookie: shop['cookie'] ?? '' })).status).to.equal(200)
    // It loses a scope: what it was given by that ends as well.
    write(keys, entry('shop', 'new', 'audit:read'), METRICS)
    await reload()
    await untilTrue('they end', () => ofShop.every(({ isOver }) => isOver()))
    write(keys, entry('shop', 'new'), METRICS)
    await reload()
  })

  it('leaves all as it was where one file is faulty, and says so, without what stands in it', async () => {
    const [name, gauge] = ['kyc_config_last_reload_success_timestamp_seconds', 'kyc_config_last_reload_successful']
    const at = await metric(name)
    expect(await metric(gauge)).to.equal(1)
    write(secrets, 'newest secret')
    for (const [lines, fault] of [
      [['shop:kyc:read:hunter2'], 'API_KEYS_FILE: line 1 must be'],
      [[], 'API_KEYS_FILE: the file holds none'],
      [['# none'], 'API_KEYS_FILE: the file holds none'],
      [[entry('shop', 'one'), entry('other', 'one')], 'API_KEYS_FILE: line 1 and API_KEYS_FILE: line 2 are one key'],
    ] as const) {
      write(keys, ...lines)
      await reload('what was read anew is faulty')
      expect(linesWith('what was read anew is faulty').at(-1)).to.include(fault).and.to.not.include('hunter2')
    }
    expect([await metric(gauge), await metric(name)]).to.deep.equal([0, at])
    expect([await statusOf('new'), await delivered('new secret'), await delivered('newest secret')]).to.deep.equal([
      200, 200, 503,
    ])
    write(keys, entry('shop', 'new'), METRICS)
    await reload()
    expect([await metric(gauge), (await metric(name)) > at]).to.deep.equal([1, true])
    expect([await delivered('new secret'), await delivered('newest secret')]).to.deep.equal([503, 200])
    expect(service.stdout() + service.stderr())
      .to.not.include('newest secret')
      .and.to.not.include(sha256('new'))
  })

  it('does nothing where no variable names a file, and says so', async () => {
    const plain = await startService()
    await plain.ready()
    plain.signal('SIGHUP')
    await untilTrue('it says so', () => plain.stdout().includes('nothing is read anew'))
    expect((await plain.get('/users')).status).to.equal(200)
    expect((await plain.stop()).code).to.equal(0)
  })
})
