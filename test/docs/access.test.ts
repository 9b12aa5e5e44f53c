import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Block, blocksOf } from '../support/documents/blocks.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'
import { ENVIRONMENT } from '../support/service/environment.ts'
import { type Service, startService } from '../support/service/service.ts'
import { newUser, request, signed } from '../support/webhooks/webhookBuilders.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const [newKey, oldKeyGone, newSecret, oldSecretGone]: readonly Block[] = blocksOf(
  readFileSync(new URL('../../docs/access.md', import.meta.url), 'utf8'),
).filter(({ language }) => language === 'sh')

describe('docs/access.md', () => {
  const directory = newDirectory()
  const at = (name: string): string => join(directory, name)
  const read = (name: string): string => readFileSync(at(name), 'utf8')
  let service: Service
  before(async () => {
    writeFileSync(
      at('api-keys'),
      `# who may ask\npayments:kyc:read:${sha256('old')}\nshop:kyc:read:${sha256('of-the-shop')}\n`,
      { mode: 0o640 },
    )
    writeFileSync(at('webhook-secrets'), 'old secret\n', { mode: 0o640 })
    service = await startService(at('data'), {
      API_KEYS_FILE: at('api-keys'),
      TREEZOR_WEBHOOK_SECRET_FILE: at('webhook-secrets'),
    })
    await service.ready()
  })
  after(() => service.stop())

  /** Runs a block, and waits until the service has read its files anew. */
  const run = async (block: Block | undefined): Promise<void> => {
    const times = (): number => service.stdout().split('were read anew').length
    const before = times()
    const { status, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', block?.text ?? 'false'], {
      cwd: directory,
      encoding: 'utf8',
      env: { ...ENVIRONMENT, KYC_PID: String(service.pid) },
    })
    expect(status, stderr).to.equal(0)
    await untilTrue('files are read anew', () => times() > before)
  }
  /** Of the group of the service, as systemd and Kubernetes give them: with another mode the next start could not read them. */
  const expectModes = (): void => {
    for (const name of ['api-keys', 'webhook-secrets']) expect(statSync(at(name)).mode & 0o777, name).to.equal(0o640)
  }
  const statusOf = async (key: string): Promise<number> => {
    const response = await service.get('/users', { authorization: `Bearer ${key}` })
    await response.arrayBuffer()
    return response.status
  }
  const delivered = async (secret: string): Promise<number> => {
    const response = await service.post(signed(request(newUser()), secret))
    await response.arrayBuffer()
    return response.status
  }

  it('tells how a key gets another one: for a time both are good', async () => {
    await run(newKey)
    const key = read('payments.key')
    expect(key).to.match(/^[0-9a-f]{64}$/)
    expect([await statusOf('old'), await statusOf(key), await statusOf('of-the-shop')]).to.deep.equal([200, 200, 200])
    await run(oldKeyGone)
    expect([await statusOf('old'), await statusOf(key), await statusOf('of-the-shop')]).to.deep.equal([401, 200, 200])
    expectModes()
  })

  it('tells how the webhook secret becomes another one: for a time both are good', async () => {
    await run(newSecret)
    const secret = read('new-secret')
    expect([await delivered('old secret'), await delivered(secret)]).to.deep.equal([200, 200])
    await run(oldSecretGone)
    expect([await delivered('old secret'), await delivered(secret)]).to.deep.equal([503, 200])
    expectModes()
    expect(service.stdout()).to.not.include('everybody on this machine may read')
  })
})
