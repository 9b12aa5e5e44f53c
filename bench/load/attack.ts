import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Attack, AttackJob, AttackResult } from './attacks.ts'

/** The process of an outsider without a secret: does what `process.argv[2]` says until its time is over, and prints how often. */
const { url, attack, connections, seconds, from } = JSON.parse(process.argv[2] ?? '') as AttackJob
const { port, hostname } = new URL(url)
const until = performance.now() + seconds * 1000
const MIB = 1024 * 1024
const MADE_UP = `${'A'.repeat(43)}=`
const DISTINCT = 8

const result: AttackResult = { sent: 0, answers: {}, bytes: 0 }

const open = (): Promise<Socket | null> =>
  new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined)
    socket.once('connect', () => resolve(socket)).once('close', () => resolve(null))
  })

const HEAD = ['POST /webhooks/treezor HTTP/1.1', 'Host: localhost', `X-Forwarded-For: ${from}`]
const head = (...lines: readonly string[]): Buffer => Buffer.from([...HEAD, ...lines, '', ''].join('\r\n'))

/** Writes, and waits until it is taken; gives whether the connection still stands. */
const write = (socket: Socket, bytes: Buffer): Promise<boolean> =>
  new Promise((resolve) => {
    const over = (): void => resolve(false)
    socket.once('close', over)
    socket.write(bytes, () => {
      socket.off('close', over)
      result.bytes += bytes.byteLength
      resolve(!socket.destroyed)
    })
  })

/** The status of the next answer; `null` where none comes. */
const answer = (socket: Socket): Promise<string | null> =>
  new Promise((resolve) => {
    const settle = (status: string | null): void => {
      socket.off('data', take).off('close', over)
      resolve(status)
    }
    const take = (data: Buffer): void => settle(/^HTTP\/1\.1 (\d{3})/.exec(data.toString('latin1'))?.[1] ?? '?')
    const over = (): void => settle(null)
    socket.on('data', take).once('close', over)
  })

const wrapped = (payload: string): string =>
  `{"webhook":"user.kycrequest","object_payload":${payload},"object_payload_signature":"${MADE_UP}"}`
const listOf = (item: (index: number) => string): string => {
  const items: string[] = []
  for (let bytes = 0; bytes < MIB - 2000; bytes += (items.at(-1)?.length ?? 0) + 1) items.push(item(items.length))
  return items.join(',')
}
const distinct = (make: (index: number) => Buffer): readonly Buffer[] =>
  Array.from({ length: DISTINCT }, (_, i) => make(i))

/** Bodies that are sent one after the other over each connection. */
const BODIES: Partial<Record<Attack, () => readonly Buffer[]>> = {
  slashes: () => distinct((i) => Buffer.from(wrapped(`{"x":"${i}${'/'.repeat(MIB - 2000)}"}`))),
  letters: () => distinct((i) => Buffer.from(wrapped(`{"x":"${i}${'é'.repeat(MIB / 2 - 2000)}"}`))),
  'white space': () => distinct((i) => Buffer.from(wrapped(`[${i}${' '.repeat(MIB - 2000)}]`))),
  members: () => distinct((i) => Buffer.from(wrapped(`[${listOf((index) => `{"k${i}-${index}":0}`)}]`))),
  depth: () => distinct((i) => Buffer.from(wrapped(`${'['.repeat(MIB / 2 - 2000)}${i}${']'.repeat(MIB / 2 - 2000)}`))),
  bombs: () => distinct((i) => gzipSync(wrapped(`{"x":"${i}${'/'.repeat(MIB - 2000)}"}`))),
}

const sendAgain = async (bodies: readonly Buffer[], packing: readonly string[]): Promise<void> => {
  let socket: Socket | null = null
  for (let i = 0; performance.now() < until; i++) {
    if (socket === null || socket.destroyed) socket = await open()
    const body = bodies[i % bodies.length]
    if (socket === null || body === undefined) continue
    const answered = answer(socket)
    await write(socket, Buffer.concat([head(`Content-Length: ${body.byteLength}`, ...packing), body]))
    const status = await answered
    result.sent += 1
    if (status !== null) result.answers[status] = (result.answers[status] ?? 0) + 1
  }
  socket?.destroy()
}

/** Small forged webhooks, no two alike. */
const forge = async (worker: number): Promise<void> => {
  for (let socket = await open(), i = 0; performance.now() < until; i++) {
    if (socket === null || socket.destroyed) socket = await open()
    if (socket === null) continue
    const body = Buffer.from(wrapped(`{"users":[{"userId":"${worker}${i}","comment":"${'x'.repeat(1500)}"}]}`))
    const answered = answer(socket)
    await write(socket, Buffer.concat([head(`Content-Length: ${body.byteLength}`), body]))
    const status = await answered
    result.sent += 1
    if (status !== null) result.answers[status] = (result.answers[status] ?? 0) + 1
  }
}

/** Pours a body without end, announced or not, and begins again where the connection ends. */
const pour = async (...lines: readonly string[]): Promise<void> => {
  const isChunked = lines.some((line) => line.startsWith('Transfer'))
  const data = Buffer.alloc(64 * 1024, 'a')
  const chunk = isChunked ? Buffer.concat([Buffer.from('10000\r\n'), data, Buffer.from('\r\n')]) : data
  while (performance.now() < until) {
    const socket = await open()
    if (socket === null) continue
    const answered = answer(socket).then((status) => {
      if (status !== null) result.answers[status] = (result.answers[status] ?? 0) + 1
    })
    await write(socket, head(...lines))
    while (performance.now() < until && (await write(socket, chunk)));
    socket.destroy()
    await answered
    result.sent += 1
  }
}

/** Holds many connections, and sends a byte over each now and then. */
const hold = async (beginning: Buffer): Promise<void> => {
  const sockets = new Set<Socket>()
  while (performance.now() < until) {
    while (sockets.size < connections && performance.now() < until) {
      const socket = await open()
      if (socket === null) break
      result.sent += 1
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      socket.write(beginning)
    }
    for (const socket of sockets) if (beginning.byteLength > 0) socket.write('a')
    await delay(200)
  }
  for (const socket of sockets) socket.destroy()
}

const bodies = BODIES[attack]?.()
const work: Partial<Record<Attack, (worker: number) => Promise<void>>> = {
  announced: () => pour('Content-Length: 1073741824', 'Expect: 100-continue'),
  chunked: () => pour('Transfer-Encoding: chunked'),
  forged: forge,
  'slow bodies': () => hold(head('Content-Length: 2000')),
  'slow headers': () => hold(Buffer.from('POST /webhooks/treezor HTTP/1.1\r\nX: ')),
  connections: () => hold(Buffer.alloc(0)),
}
const one = work[attack] ?? (() => sendAgain(bodies ?? [], attack === 'bombs' ? ['Content-Encoding: gzip'] : []))
const workers = attack.startsWith('slow') || attack === 'connections' ? 1 : connections
await Promise.all(Array.from({ length: workers }, (_, worker) => one(worker)))
console.log(JSON.stringify(result))
process.exit(0)
