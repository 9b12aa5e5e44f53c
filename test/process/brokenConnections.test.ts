import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { preparedUser, prepareLog } from '../support/logs/preparedLog.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'
import { type Service, startService } from '../support/service/service.ts'
import { newUser, request, signed } from '../support/webhooks/webhookBuilders.ts'

/** Sends these bytes over a connection of its own and breaks it off. */
const sendAndBreakOff = async ({ url }: Service, text: string): Promise<void> => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  // What has been handed over arrives, if not before the connection ends.
  await new Promise((resolve) => socket.write(text, resolve))
  await sleep(30)
  socket.destroy()
}

describe('a client that breaks off', () => {
  const user = preparedUser(0)
  let service: Service
  before(async () => {
    const directory = newDirectory()
    await prepareLog(directory, 1, 5000)
    service = await startService(directory)
    await service.ready()
  })
  after(() => service.stop())

  /** What the service wrote beyond information while `action` ran. */
  const complaints = async (action: () => Promise<void>): Promise<string> => {
    const before = service.stdout().length
    await action()
    await sleep(100)
    const lines = service.stdout().slice(before).split('\n')
    return lines.filter((line) => /"level":[56]0/.test(line)).join('\n') + service.stderr()
  }

  it('while it delivers leaves no event and no complaint', async () => {
    const one = newUser()
    const body = signed(request(one))
    const head = `POST /webhooks/treezor HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`
    const said = await complaints(async () => {
      await sendAndBreakOff(service, head)
      await sendAndBreakOff(service, head + body.slice(0, 500))
      await sendAndBreakOff(service, `${head.replace(/Content-Length.*/, 'Transfer-Encoding: chunked')}5\r\n{"web`)
    })
    expect(said).to.equal('')
    expect(await service.events(one)).to.deep.equal([])
  })

  it('after it delivered, without waiting for the answer, has delivered', async () => {
    const one = newUser()
    const webhook = request(one)
    const body = signed(webhook)
    const head = `POST /webhooks/treezor HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`
    expect(await complaints(() => sendAndBreakOff(service, head + body))).to.equal('')
    await untilTrue('its event', async () => (await service.events(one)).length === 1)
    expect((await service.deliver(webhook)).outcome).to.equal('duplicate')
  })

  it('while it reads a long stream leaves no complaint, and the service goes on', async () => {
    const said = await complaints(async () => {
      for (let i = 0; i < 5; i++) {
        await new Promise<void>((resolve) => {
          const asked = httpRequest(
            `${service.url}/users/${user}/events`,
            { headers: { accept: 'application/x-ndjson' }, agent: false },
            (response) => {
              response.once('data', () => {
                asked.destroy()
                resolve()
              })
              response.on('error', () => undefined)
            },
          )
          asked.on('error', () => undefined)
          asked.end()
        })
      }
    })
    expect(said).to.equal('')
    expect(await service.kyc(user)).to.include({ events: 5000 })
  })

  it('may read slowly: nobody else waits for it', async () => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.pause()
    socket.write(`GET /users/${user}/events HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\n\r\n`)
    await sleep(100)
    const since = performance.now()
    for (let i = 0; i < 20; i++) await service.deliver(request(newUser()))
    // Sooner than the service gives up the one who reads slowly.
    expect(performance.now() - since).to.be.lessThan(25_000)
    socket.destroy()
  })

  it('may speak no HTTP at all', async () => {
    const said = await complaints(async () => {
      await sendAndBreakOff(service, 'hello\r\n\r\n')
      await sendAndBreakOff(service, '\x16\x03\x01\x02\x00\x01\x00\x01')
      await sendAndBreakOff(service, `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`)
    })
    expect(said).to.equal('')
    expect((await service.get('/health/ready')).status).to.equal(200)
  })

  it('is counted and told of where nothing it sent could be read, and answered', async () => {
    const counted = async (): Promise<string> => {
      const text = await (await service.get('/metrics')).text()
      return (text.match(/^kyc_unreadable_requests_total\{.*$/gm) ?? []).join()
    }
    const ask = async (text: string): Promise<string> => {
      const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
      let answer = ''
      socket.on('data', (data) => {
        answer += data
      })
      socket.on('error', () => undefined)
      socket.write(text)
      await new Promise((resolve) => socket.on('close', resolve))
      // These answers, too, have what every answer has.
      for (const header of [
        'Cache-Control: no-store',
        'X-Content-Type-Options: nosniff',
        'Referrer-Policy: no-referrer',
      ])
        expect(answer).to.include(`${header}\r\n`)
      return answer
    }
    const before = await counted()
    const [, headers = '0', http = '0'] = /headers-too-large"\} (\d+).*not-http"\} (\d+)/.exec(before) ?? []
    expect(await ask(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`)).to.match(
      /^HTTP\/1\.1 431 /,
    )
    expect(await ask('hello\r\n\r\n')).to.match(/^HTTP\/1\.1 400 /)
    expect(await ask('POST /webhooks/treezor HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}')).to.match(/^HTTP\/1\.1 400 /)
    const expecting =
      'POST /webhooks/treezor HTTP/1.1\r\nHost: localhost\r\nExpect: more\r\nContent-Length: 2\r\n\r\n{}'
    expect(await ask(expecting)).to.match(/^HTTP\/1\.1 417 /)
    const after = await counted()
    expect(after).to.include(`headers-too-large"} ${Number(headers) + 1}`)
    expect(after).to.include(`not-http"} ${Number(http) + 1}`)
    expect(after).to.include('no-host"} 1').and.include('expectation"} 1')
    await service.says('a request could not be read')
  })
})
