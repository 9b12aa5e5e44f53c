import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { freePort } from '../support/freePort.ts'
import { buildGo } from '../support/goChecker.ts'
import { installed } from '../support/installed.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'
import { own } from '../support/service/children.ts'
import { type Service, startService } from '../support/service/service.ts'
import { newUser, request, validation } from '../support/webhooks/webhookBuilders.ts'

const KEY = 'a-key-of-a-reader'
const SECRET = `whsec_${randomBytes(32).toString('base64')}`
const PAIR = generateKeyPairSync('ed25519')
const half = (key: string | undefined): string => Buffer.from(key ?? '', 'base64url').toString('base64')
const { d, x } = PAIR.privateKey.export({ format: 'jwk' })

/** Programs as a user writes them, of nothing but what his language brings. */
const readers: readonly { readonly language: string; readonly program: () => readonly string[] | null }[] = [
  {
    language: 'Python',
    program: () => {
      const python = installed('python3', 'python3', 'the API is not read by a program in Python')
      return python === null ? null : [python, new URL('./reader.py', import.meta.url).pathname]
    },
  },
  {
    language: 'Go',
    program: () => {
      const built = buildGo(new URL('./reader.go', import.meta.url).pathname)
      return built === null ? null : [built]
    },
  },
]

for (const { language, program } of readers)
  describe(`a reader in ${language}`, () => {
    let words: readonly string[]
    let service: Service
    let port: number
    const user = newUser()
    before(async function () {
      const found = program()
      if (found === null) return this.skip()
      words = found
      port = await freePort()
      const file = join(newDirectory(), 'webhooks-out.json')
      const secrets = [SECRET, `whsk_${half(d)}`]
      const endpoint = { name: 'reader', url: `http://127.0.0.1:${port}/hooks`, secrets, allowPrivate: true }
      writeFileSync(file, JSON.stringify({ version: 1, endpoints: [endpoint] }))
      const hash = createHash('sha256').update(KEY).digest('hex')
      service = await startService(newDirectory(), {
        API_KEYS: `reader:kyc:read+audit:read:${hash}`,
        WEBHOOKS_OUT: file,
        SEAL_EVERY: '1',
      })
      await service.ready()
    })
    after(() => service?.stop())

    const start = (...more: readonly string[]): ChildProcess => {
      const [file = '', ...args] = [...words, ...more]
      const env = {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        KYC_URL: service.url,
        KYC_API_KEY: KEY,
        KYC_WEBHOOK_SECRET: SECRET,
        KYC_WEBHOOK_KEY: `whpk_${half(x)}`,
      }
      return own(spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'], env }))
    }
    const printed = async (child: ChildProcess): Promise<readonly string[]> => {
      let text = ''
      child.stdout?.on('data', (part) => {
        text += part
      })
      const [code] = await once(child, 'close')
      expect(code).to.equal(0)
      // Python writes True where others write true.
      return text.trimEnd().toLowerCase().split('\n')
    }
    const run = (...more: readonly string[]): Promise<readonly string[]> => printed(start(...more))
    it('learns that nobody has spoken of a user', async () => {
      expect(await run('status', user)).to.deep.equal([`${user} /problems/unknown-user false`])
    })

    it('follows what changes, and goes on where it was', async () => {
      const place = join(newDirectory(), 'place')
      await service.deliver(request(user))
      expect(await run('follow', place, '1')).to.deep.equal([`${user} pending false`])
      await service.deliver(validation(user))
      expect(await run('follow', place, '1')).to.deep.equal([`${user} validated true`])
      expect(await run('status', user)).to.deep.equal([`${user} validated true`])
    })

    it('is told by webhooks whose signature it checks', async () => {
      const told = run('receive', String(port), '1')
      const other = newUser()
      await service.deliver(request(other))
      // What came before has been tried in vain: whoever waits is told as soon as the endpoint is tried again.
      const lines = await told
      expect(lines[0]).to.match(/^\d+ (pending|validated) true$/)
    })

    it('opens the evidence of a user', async () => {
      const file = join(newDirectory(), 'evidence.tar')
      await untilTrue('a checkpoint', async () => {
        const response = await service.get(`/users/${user}/evidence`, { authorization: `Bearer ${KEY}` })
        const bytes = Buffer.from(await response.arrayBuffer())
        if (response.ok) writeFileSync(file, bytes)
        return response.ok
      })
      const [line] = await run('evidence', file)
      expect(line).to.include('status.json').and.include(`events/kyc-${user}/00000000.record`)
      expect(readFileSync(file).length).to.be.greaterThan(1024)
    })
  })
