import { spawn, spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Block, blocksOf, isStated } from '../support/documents/blocks.ts'
import { freePort } from '../support/freePort.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually, PATIENCE_MS } from '../support/patience.ts'
import { own } from '../support/service/children.ts'
import { ENVIRONMENT } from '../support/service/environment.ts'
import { type OwnService, readyHere } from '../support/service/service.ts'

const ROOT = new URL('../../', import.meta.url).pathname
const BLOCKS = blocksOf(readFileSync(join(ROOT, 'docs/integrating.md'), 'utf8'))
/** What the commands of the project, and the programs of the document, need to run. */
const OF_THE_PROJECT = ['node_modules', 'domain', 'projections', 'src']
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

const KEY = 'a-key-of-an-integrator'
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

/** Stands in for Treezor's webhooks API as far as it is known: what is registered there, and by whom. */
const startTreezor = async (asked: { readonly line: string; readonly body: string }[]): Promise<Server> => {
  const server = createServer(async (req, res) => {
    let body = ''
    for await (const part of req) body += part
    asked.push({ line: `${req.method} ${req.url} ${req.headers.authorization}`, body })
    res.end(JSON.stringify([{ uuid: 'temporary', status: 'PENDING' }]))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** Runs a block of shell. What runs on when it has printed what is stated, such as what follows changes, is ended. */
const runShell = async (
  { text, output }: Block,
  directory: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> => {
  const child = own(
    spawn('bash', ['-euo', 'pipefail', '-c', text], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...ENVIRONMENT, ...env },
      detached: true,
      timeout: PATIENCE_MS,
    }),
    { group: true },
  )
  let [stdout, stderr] = ['', '']
  let ended = false
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    stderr += part
  })
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    stdout += part
    if (output === null || !isStated(output, stdout) || ended) return
    setTimeout(() => {
      if (child.exitCode !== null || child.pid === undefined) return
      ended = true
      process.kill(-child.pid, 'SIGTERM')
    }, 1000).unref()
  })
  const [code] = await once(child, 'close')
  return { code: ended ? 0 : code, stdout, stderr }
}

describe('docs/integrating.md', () => {
  const directory = newDirectory()
  const env = { API_KEYS: `integrator:kyc:read:${hash('sha256', KEY, 'hex')}` }
  const webhooksOut = join(directory, 'webhooks-out.json')
  let service: OwnService
  let receiver: string
  const asked: { readonly line: string; readonly body: string }[] = []
  let treezor: Server
  before(async () => {
    treezor = await startTreezor(asked)
    receiver = `http://127.0.0.1:${await freePort()}`
    service = await readyHere(newDirectory(), env)
    for (const name of OF_THE_PROJECT) symlinkSync(join(ROOT, name), join(directory, name))
    // Without what looks for packages to install first.
    const ofPackage = { type: 'module', scripts: { kyc: scripts.kyc } }
    writeFileSync(join(directory, 'package.json'), JSON.stringify(ofPackage))
    // What openapi-typescript makes of the description; that it is of the present one another test looks.
    copyFileSync(join(ROOT, 'test/support/client/api.ts'), join(directory, 'api.ts'))
  })
  after(async () => {
    treezor.close()
    await service.stop()
  })
  /** What a reader does where the document says so. */
  const startWithWebhooksOut = async (): Promise<void> => {
    await service.stop()
    service = await readyHere(service.directory, { ...env, WEBHOOKS_OUT: webhooksOut })
  }

  const programs = new Map<string, string>()
  for (const { language, text, line } of BLOCKS.filter(({ language }) => language === 'ts')) {
    const name = /^\/\/ ([\w]+\.ts)\n/.exec(text)?.[1]
    it(`line ${line}: names its program, which is run`, () => {
      expect(name).to.be.a('string')
      expect(BLOCKS.some((block) => block.language === 'sh' && block.text.includes(`node ${name}`))).to.equal(true)
    })
    programs.set(name ?? language, text)
  }

  it('has programs that the compiler takes, as strict as it can be', () => {
    for (const [name, text] of programs) writeFileSync(join(directory, name), text)
    const options = {
      strict: true,
      target: 'es2024',
      module: 'nodenext',
      types: ['node'],
      noEmit: true,
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      verbatimModuleSyntax: true,
      erasableSyntaxOnly: true,
    }
    writeFileSync(
      join(directory, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: [...programs.keys()] }),
    )
    const { status, stdout } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), { cwd: directory, encoding: 'utf8' })
    expect(status, stdout).to.equal(0)
  })

  for (const block of BLOCKS.filter(({ language }) => language === 'sh'))
    it(`line ${block.line}: ${block.text.split('\n')[0]}`, async () => {
      const { code, stdout, stderr } = await runShell(block, directory, {
        KYC_URL: service.url,
        KYC_API_KEY: KEY,
        DATA_DIR: service.directory,
        TREEZOR_WEBHOOKS: `http://127.0.0.1:${(treezor.address() as AddressInfo).port}`,
        TREEZOR_TOKEN: 'a-token',
        RECEIVER_URL: receiver,
        WEBHOOK_SECRET: SECRET,
      })
      expect(code, stdout + stderr).to.equal(0)
      expect(stderr).to.equal('')
      if (block.output !== null && !isStated(block.output, stdout)) expect(stdout).to.equal(block.output)
      // A person takes longer from one block to the next than the read model does.
      for (const [, userId = ''] of stdout.matchAll(/^appended: kyc-(\d+) @/gm))
        await eventually('counted', async () =>
          (await service.get(`/users/${userId}/kyc`, { authorization: `Bearer ${KEY}` })).ok ? true : null,
        )
      if (block.text.includes('> webhooks-out.json')) {
        expect(statSync(webhooksOut).mode & 0o777).to.equal(0o600)
        await startWithWebhooksOut()
      }
    })

  it('registers with Treezor as far as that is known', () => {
    expect(asked).to.deep.equal([
      { line: 'POST /settings/hooks Bearer a-token', body: '{"url":"https://kyc.example.com/webhooks/treezor"}' },
    ])
  })

  it('has no block that is neither run nor shown as output', () => {
    expect(new Set(BLOCKS.map(({ language }) => language))).to.deep.equal(new Set(['sh', 'ts']))
  })
})
