import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import { readConfig } from '../../src/config/config.ts'
import { lookAtProvider } from '../../src/doctor/provider.ts'
import { RESENT_SINCE } from '../../src/provider/provider.ts'
import { installed } from '../support/installed.ts'
import { newDirectory, removeDirectories } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'
import { otherwise } from '../support/treezorApi/faults.ts'
import { providerOf } from '../support/treezorApi/providerOf.ts'
import { type TreezorApi, treezorApi } from '../support/treezorApi/treezorApi.ts'

const ID = '1000003' as UserId
const openssl = installed('openssl', 'openssl', 'that a client shows its certificate')

/** Keys and certificates of an authority, a server on this machine, and two clients. */
const certified = (directory: string) => {
  const run = (line: string): void => {
    const { status, stderr } = spawnSync(openssl ?? '', line.split(' '), { cwd: directory, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
  }
  writeFileSync(join(directory, 'names'), 'subjectAltName=IP:127.0.0.1')
  // Of RSA the provider wants them; others are made sooner.
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
  run(`req -x509 ${key} -subj /CN=authority -days 2 -keyout authority.key -out authority.pem`)
  for (const name of ['server', 'client', 'other']) {
    run(`req -new ${key} -subj /CN=${name} -keyout ${name}.key -out ${name}.csr`)
    run(
      `x509 -req -in ${name}.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile names -out ${name}.pem`,
    )
  }
  return (name: string): string => readFileSync(join(directory, name), 'utf8')
}

const describeIf = openssl === null ? describe.skip : describe

describeIf('mutual TLS with the provider', () => {
  const trusted = getCACertificates()
  let directory: string
  let pem: (name: string) => string
  let api: TreezorApi
  before(async () => {
    directory = newDirectory()
    pem = certified(directory)
    setDefaultCACertificates([...trusted, pem('authority.pem')])
    api = await treezorApi({
      users: 7,
      tls: { cert: pem('server.pem'), key: pem('server.key'), ca: pem('authority.pem') },
    })
  })
  after(async () => {
    await api.close()
    setDefaultCACertificates(trusted)
    removeDirectories()
  })
  const shown = (name: string) => ({
    TREEZOR_API_TLS_CERT_FILE: join(directory, `${name}.pem`),
    TREEZOR_API_TLS_KEY_FILE: join(directory, `${name}.key`),
  })

  it('lets in who shows its certificate', async () => {
    const provider = providerOf(api, {}, shown('client'))
    expect(E.isRight(await provider.user(ID)())).to.equal(true)
    await provider.close()
  })

  it('is looked at by the doctor, who warns before a certificate expires', async () => {
    const config = right(readConfig({ ...api.environment, ...shown('client') }))
    const verdicts = async (days: number) =>
      (await lookAtProvider({ config, now: Date.now() + days * 86_400_000 })).map(({ verdict }) => verdict)
    expect(await verdicts(0)).to.deep.equal(['warning', 'ok'])
    expect(await verdicts(3)).to.deep.equal(['fault', 'ok'])
    expect(await verdicts(-100)).to.deep.equal(['ok', 'ok'])
  })

  it('lets in nobody who shows none', async () => {
    const provider = providerOf(api)
    const said = await provider.user(ID)()
    expect(E.isLeft(said) && said.left).to.deep.include({ _tag: 'OutOfReach', asked: 'token' })
    await provider.close()
  })

  it('is for the provider alone: elsewhere no certificate is shown', async () => {
    const shownThere: unknown[] = []
    const there = createServer(
      { cert: pem('server.pem'), key: pem('server.key'), requestCert: true, rejectUnauthorized: false },
      (request, response) => {
        shownThere.push((request.socket as TLSSocket).getPeerCertificate().subject)
        response.end('id,at\n1,2\n')
      },
    )
    there.listen(0, '127.0.0.1')
    await once(there, 'listening')
    const link = `https://127.0.0.1:${(there.address() as AddressInfo).port}/csv`
    api.fault(
      'retry query',
      otherwise(() => ({ queryId: 'q', link })),
    )
    const provider = providerOf(api, {}, shown('client'))
    const what = { from: RESENT_SINCE, to: RESENT_SINCE + 60_000, webhooks: ['user.update'], dryRun: true }
    const steps = await Array.fromAsync(provider.resend?.(what) ?? [])
    await provider.close()
    there.close()
    there.closeAllConnections()
    expect(steps.map((step) => right(step)._tag)).to.deep.equal(['counted'])
    expect(shownThere).to.deep.equal([undefined])
  })

  it('shows another one once the files hold that, when a token is next asked for', async () => {
    const config = shown('now')
    writeFileSync(config.TREEZOR_API_TLS_CERT_FILE, pem('client.pem'))
    writeFileSync(config.TREEZOR_API_TLS_KEY_FILE, pem('client.key'))
    const provider = providerOf(api, {}, config)
    const subjects: (string | undefined)[] = []
    const ask = async () => {
      expect(E.isRight(await provider.user(ID)())).to.equal(true)
      subjects.push(api.heard.at(-1)?.certificate ?? undefined)
    }
    await ask()
    writeFileSync(config.TREEZOR_API_TLS_CERT_FILE, pem('other.pem'))
    writeFileSync(config.TREEZOR_API_TLS_KEY_FILE, pem('other.key'))
    await ask()
    api.forgetTokens()
    await ask()
    await provider.close()
    expect(subjects).to.deep.equal(['client', 'client', 'other'])
  })
})
