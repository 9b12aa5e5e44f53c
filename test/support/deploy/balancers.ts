import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmodSync, chownSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { freePort } from '../freePort.ts'
import { installed } from '../installed.ts'
import { newDirectory } from '../newDirectory.ts'
import { untilTrue } from '../patience.ts'
import { own } from '../service/children.ts'

const SHIPPED = new URL('../../../deploy/', import.meta.url)
const shipped = (path: string): string => readFileSync(new URL(path, SHIPPED), 'utf8')

/** Whom nobody's files belong to: a balancer runs as him where the tests are run by root. */
const NOBODY = 65_534
const AS_NOBODY = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}

export interface Balancer {
  readonly name: string
  /** What the provider reaches. */
  readonly hooks: string
  /** What internal services reach. */
  readonly internal: string
  /** How many nodes it has seen to be ready; `null` where it does not look. */
  readonly seesReady: () => Promise<number | null>
  /** What it wrote of requests. */
  readonly logged: () => string
  readonly stop: () => Promise<void>
}

/** A balancer of the shipped configuration in front of two nodes, each as host and port. */
export interface BalancerKind {
  readonly name: string
  /** Starts it; rejects with what it says where it does not run. */
  readonly start: (nodes: readonly [string, string]) => Promise<Balancer>
}

/** Replaces each; a configuration that has none of one any more is not the one that is meant. */
const replaced = (text: string, replacements: readonly (readonly [string | RegExp, string])[]): string =>
  replacements.reduce((current, [from, to]) => {
    const next = current.replaceAll(from, to)
    if (next === current) throw new Error(`the configuration has nothing like ${from}`)
    return next
  }, text)

/** A directory of nobody's with a key and a certificate of 127.0.0.1 for a day. */
const withCertificate = (openssl: string): string => {
  const directory = newDirectory()
  const words = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=test'.split(' ')
  const made = spawnSync(openssl, [...words, '-keyout', 'key.pem', '-out', 'fullchain.pem'], {
    cwd: directory,
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(made.stderr)
  const [key, chain] = ['key.pem', 'fullchain.pem'].map((name) => join(directory, name)) as [string, string]
  writeFileSync(join(directory, 'both.pem'), readFileSync(chain, 'utf8') + readFileSync(key, 'utf8'))
  return directory
}

const giveAway = (directory: string, files: readonly string[]): void => {
  for (const path of [directory, ...files.map((name) => join(directory, name))]) {
    if (AS_NOBODY.uid !== undefined) chownSync(path, AS_NOBODY.uid, AS_NOBODY.gid)
    chmodSync(path, 0o700)
  }
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    }).on('error', () => resolve(false))
  })

/** Starts a program that stays in front, and waits until it listens. */
const run = async (program: string, words: readonly string[], ports: readonly number[]): Promise<ChildProcess> => {
  const child = own(spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'], ...AS_NOBODY }))
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  await untilTrue(`${program} listens`, async () => {
    if (child.exitCode !== null) throw new Error(said)
    return (await Promise.all(ports.map(accepts))).every((listens) => listens)
  })
  return child
}

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}

/** nginx, with nothing around the shipped file but where it may write. */
const nginx = (program: string, openssl: string): BalancerKind => ({
  name: 'nginx',
  start: async ([first, second]) => {
    const directory = withCertificate(openssl)
    const [hooks, internal] = [await freePort(), await freePort()]
    const log = join(directory, 'access.log')
    const conf = replaced(shipped('nginx/kyc-ledger.conf'), [
      ['10.0.0.11:3000', first],
      ['10.0.0.12:3000', second],
      ['listen 443', `listen 127.0.0.1:${hooks}`],
      ['listen 10.0.0.10:8443', `listen 127.0.0.1:${internal}`],
      ['/etc/ssl/kyc-ledger', directory],
      ['/var/log/nginx/kyc-ledger.log', log],
    ])
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((kind) => `${kind}_temp_path ${directory}/${kind};`)
      .join(' ')
    writeFileSync(join(directory, 'kyc-ledger.conf'), conf)
    writeFileSync(
      join(directory, 'nginx.conf'),
      `daemon off; pid ${directory}/pid; error_log ${directory}/error.log; worker_processes 1; events {}
       http { ${temporary} include ${directory}/kyc-ledger.conf; }`,
    )
    giveAway(directory, ['key.pem', 'fullchain.pem', 'kyc-ledger.conf', 'nginx.conf'])
    const words = ['-p', directory, '-e', join(directory, 'error.log'), '-c', join(directory, 'nginx.conf')]
    const child = await run(program, words, [hooks, internal])
    return {
      name: 'nginx',
      hooks: `https://127.0.0.1:${hooks}`,
      internal: `https://127.0.0.1:${internal}`,
      seesReady: async () => null,
      logged: () => readFileSync(log, 'utf8'),
      stop: () => ended(child),
    }
  },
})

/** HAProxy, without what only root may say. */
const haproxy = (program: string, openssl: string): BalancerKind => ({
  name: 'HAProxy',
  start: async ([first, second]) => {
    const directory = withCertificate(openssl)
    const [hooks, internal] = [await freePort(), await freePort()]
    const admin = join(directory, 'admin.sock')
    let logged = ''
    const log = createSocket('udp4').on('message', (line) => {
      logged += `${line}\n`
    })
    log.bind(0, '127.0.0.1').unref()
    await once(log, 'listening')
    const conf = replaced(shipped('haproxy/haproxy.cfg'), [
      ['10.0.0.11:3000', first],
      ['10.0.0.12:3000', second],
      ['bind :443', `bind 127.0.0.1:${hooks}`],
      ['bind 10.0.0.10:8443', `bind 127.0.0.1:${internal}`],
      ['/etc/ssl/kyc-ledger', directory],
      ['/dev/log', `127.0.0.1:${log.address().port}`],
      ['/run/haproxy/admin.sock', admin],
      [/^ {2}(chroot|user|group) .*\n/gm, ''],
    ])
    writeFileSync(join(directory, 'haproxy.cfg'), conf)
    giveAway(directory, ['both.pem', 'haproxy.cfg'])
    const child = await run(program, ['-db', '-f', join(directory, 'haproxy.cfg')], [hooks, internal])
    return {
      name: 'HAProxy',
      hooks: `https://127.0.0.1:${hooks}`,
      internal: `https://127.0.0.1:${internal}`,
      seesReady: async () => {
        const socket = connect(admin)
        socket.end('show stat\n')
        return (await text(socket)).match(/^deliveries,node-\d,(?:[^,]*,){15}UP,/gm)?.length ?? 0
      },
      logged: () => logged,
      stop: () => ended(child),
    }
  },
})

/** The balancers that are installed. */
export const balancers = (): readonly BalancerKind[] => {
  const openssl = installed('openssl', 'openssl', 'no balancer is tested')
  if (openssl === null) return []
  const [nginxFile, haproxyFile] = [
    installed('nginx', 'nginx-light', 'the configuration of nginx is not tested'),
    installed('haproxy', 'haproxy', 'the configuration of HAProxy is not tested'),
  ]
  return [
    ...(nginxFile === null ? [] : [nginx(nginxFile, openssl)]),
    ...(haproxyFile === null ? [] : [haproxy(haproxyFile, openssl)]),
  ]
}
