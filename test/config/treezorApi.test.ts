import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { readTreezorApi } from '../../src/config/treezorApi.ts'
import { newDirectory, removeDirectories } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'

type Variables = Readonly<Record<string, string>>

describe('where the provider is asked', () => {
  after(removeDirectories)
  const file = (text: string, mode = 0o600): string => {
    const path = join(newDirectory(), 'file')
    writeFileSync(path, text)
    chmodSync(path, mode)
    return path
  }
  const credentials = (): Variables => ({
    TREEZOR_API_CLIENT_ID_FILE: file('516899\n'),
    TREEZOR_API_CLIENT_SECRET_FILE: file('invented\n'),
  })
  const needed = (): Variables => ({ ...credentials(), TREEZOR_API_URL: 'https://company.sandbox.treezor.co/' })
  const read = (variables: Variables) => readTreezorApi((name, otherwise) => variables[name] ?? otherwise)
  const faults = (variables: Variables): readonly string[] => {
    const all = read(variables)
    return E.isLeft(all) ? all.left : []
  }

  it('is nowhere where nothing says so', () => {
    expect(right(read({}))).to.deep.equal({ api: null, warnings: [] })
  })

  it('is at an address, with id and secret of a client, within a budget', () => {
    const variables = needed()
    expect(right(read(variables)).api).to.deep.equal({
      url: 'https://company.sandbox.treezor.co',
      clientIdFile: variables['TREEZOR_API_CLIENT_ID_FILE'],
      clientSecretFile: variables['TREEZOR_API_CLIENT_SECRET_FILE'],
      scope: '',
      tls: null,
      perMinute: 60,
      retry: null,
    })
  })

  it('needs all three, and says so of each', () => {
    expect(faults({ TREEZOR_API_PER_MINUTE: '7' })).to.deep.equal(
      ['TREEZOR_API_URL', 'TREEZOR_API_CLIENT_ID_FILE', 'TREEZOR_API_CLIENT_SECRET_FILE'].map(
        (name) => `${name}: must be set where the provider is asked (TREEZOR_API_…)`,
      ),
    )
  })

  it('may be plain HTTP on this machine alone', () => {
    for (const url of ['http://127.0.0.1:3001', 'http://localhost:3001', 'http://[::1]:3001', 'https://a.example'])
      expect(faults({ ...needed(), TREEZOR_API_URL: url }), url).to.deep.equal([])
    const https = 'must be one of https, but on a loopback address'
    for (const name of ['TREEZOR_API_URL', 'TREEZOR_WEBHOOKS_API_URL'])
      for (const [url, fault] of [
        ['http://a.example', https],
        ['http://127.0.0.1.a.example', https],
        ['http://10.0.0.1', https],
        ['https://user:word@a.example', 'holds credentials'],
        ['https://a.example/?a=b', 'has a query'],
        ['a.example', 'its URL cannot be read'],
      ] as const) {
        const [found, ...others] = faults({ ...needed(), [name]: url })
        expect(others).to.deep.equal([])
        expect(found)
          .to.match(new RegExp(`^${name}: `))
          .and.contain(fault)
          .and.not.contain('word')
      }
  })

  it('takes nothing else for a credential than one line of text, and repeats none of it', () => {
    for (const [text, fault] of [
      ['', 'the file holds nothing'],
      ['  \n', 'the file holds nothing'],
      ['invented\nand more', 'the file holds more than one line of text'],
      ['\0\0\0\0', 'the file holds more than one line of text'],
    ] as const)
      expect(faults({ ...needed(), TREEZOR_API_CLIENT_SECRET_FILE: file(text) })).to.deep.equal([
        `TREEZOR_API_CLIENT_SECRET_FILE: ${fault}`,
      ])
    const [missing] = faults({ ...needed(), TREEZOR_API_CLIENT_SECRET_FILE: 'invented-secret-itself' })
    expect(missing).to.contain('the file cannot be read').and.not.contain('invented-secret-itself')
  })

  it('warns of secrets that everybody may read', () => {
    const secret = file('invented', 0o644)
    expect(right(read({ ...needed(), TREEZOR_API_CLIENT_SECRET_FILE: secret })).warnings).to.deep.equal([
      'TREEZOR_API_CLIENT_SECRET_FILE: everybody on this machine may read the file',
    ])
  })

  it('takes a certificate together with its key, as PEM', () => {
    const pem = () => file('-----BEGIN SOMETHING-----\n')
    const both = { TREEZOR_API_TLS_CERT_FILE: pem(), TREEZOR_API_TLS_KEY_FILE: pem() }
    expect(right(read({ ...needed(), ...both })).api?.tls).to.deep.equal({
      certificateFile: both.TREEZOR_API_TLS_CERT_FILE,
      keyFile: both.TREEZOR_API_TLS_KEY_FILE,
    })
    expect(faults({ ...needed(), TREEZOR_API_TLS_CERT_FILE: pem() })).to.have.length(1)
    expect(faults({ ...needed(), ...both, TREEZOR_API_TLS_KEY_FILE: file('DER') })).to.deep.equal([
      'TREEZOR_API_TLS_KEY_FILE: the file is not PEM',
    ])
  })

  it('has bounds of the budget, scopes that a request can hold, and paths', () => {
    for (const perMinute of ['0', '-1', '6001', '60.5', 'many'])
      expect(faults({ ...needed(), TREEZOR_API_PER_MINUTE: perMinute })[0]).to.contain('from 1 to 6000')
    expect(right(read({ ...needed(), TREEZOR_API_SCOPE: 'read_only legal' })).api?.scope).to.equal('read_only legal')
    expect(faults({ ...needed(), TREEZOR_API_SCOPE: 'read"only' })[0]).to.contain('TREEZOR_API_SCOPE: must be')
    const retry = { ...needed(), TREEZOR_WEBHOOKS_API_URL: 'https://webhook.sandbox.treezor.co' }
    expect(right(read(retry)).api?.retry).to.deep.equal({
      url: 'https://webhook.sandbox.treezor.co',
      executePath: '/retry/execute',
      statusPath: '/retry/status/{queryId}',
    })
    expect(faults({ ...retry, TREEZOR_WEBHOOKS_API_STATUS_PATH: 'https://a.example' })).to.have.length(1)
  })
})
