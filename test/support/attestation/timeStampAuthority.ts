import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { newDirectory } from '../newDirectory.ts'
import { type Answering, answering } from './answering.ts'

const openssl = (directory: string, words: readonly string[]) =>
  spawnSync('openssl', words, { cwd: directory, encoding: 'utf8' })

const CONFIG = `
[tsa]
default_tsa = one
[one]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
certs = ca.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
`

const EXTENSIONS = 'extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n'

/** OpenSSL's own time-stamping authority behind HTTP. */
export interface TimeStampAuthority extends Answering {
  /** `openssl ts -verify` over what was kept, at the time that the stamp names, as an auditor runs it who holds the certificate of the authority. */
  readonly verify: (
    stamped: Uint8Array,
    response: Uint8Array,
  ) => { readonly status: number | null; readonly told: string }
  /** Its answer to a request, of the type that it has. */
  readonly reply: (query: Uint8Array) => Buffer
}

/** Starts one; `null`, and a line that says so, where OpenSSL is not installed. */
export const startTimeStampAuthority = async (): Promise<TimeStampAuthority | null> => {
  const directory = newDirectory()
  if (openssl(directory, ['version']).status !== 0) {
    console.log('      OpenSSL is not installed: time stamps are not checked by it')
    return null
  }
  const run = (...words: readonly string[]): void => {
    const { status, stderr } = openssl(directory, words)
    if (status !== 0) throw new Error(`openssl ${words[0]}: ${stderr}`)
  }
  const file = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(directory, name), content)
    return name
  }
  file('tsa.cnf', CONFIG)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  run('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=ca')
  run('req', ...key, '-keyout', 'tsa.key', '-out', 'tsa.csr', '-subj', '/CN=tsa')
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2']
  run('x509', '-req', '-in', 'tsa.csr', ...signing, '-extfile', file('extensions', EXTENSIONS), '-out', 'tsa.pem')
  const reply = (query: Uint8Array): Buffer => {
    file('query.tsq', query)
    const words = ['ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query.tsq']
    const { stdout, stderr } = spawnSync('openssl', words, { cwd: directory })
    if (stdout.length === 0) throw new Error(stderr.toString())
    return stdout
  }
  const server = await answering(async (req, res) => {
    const query = await buffer(req)
    res.setHeader('Content-Type', 'application/timestamp-reply').end(reply(query))
  })
  return {
    ...server,
    reply,
    verify: (stamped, response) => {
      const words = ['-data', file('stamped', stamped), '-in', file('response.tsr', response), '-CAfile', 'ca.pem']
      const shown = openssl(directory, ['ts', '-reply', '-in', 'response.tsr', '-text'])
      const at = Date.parse(/^Time stamp: (.*)$/m.exec(shown.stdout)?.[1] ?? '') / 1000
      if (Number.isNaN(at)) return { status: shown.status, told: shown.stdout + shown.stderr }
      const { status, stdout, stderr } = openssl(directory, ['ts', '-verify', ...words, '-attime', String(at)])
      return { status, told: stdout + stderr }
    },
  }
}
