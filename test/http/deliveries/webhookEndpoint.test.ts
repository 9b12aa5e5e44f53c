import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { expect } from 'chai'
import type { JournalReason } from '../../../src/journal/entry.ts'
import { sign } from '../../../src/webhooks/signature.ts'
import { ROOM_MS, untilTrue } from '../../support/patience.ts'
import { expectProblem, okText, type Taken } from '../../support/service/answers.ts'
import { sharedService } from '../../support/service/service.ts'
import {
  badlySigned,
  but,
  document,
  identification,
  kycReview,
  liveness,
  members,
  newUser,
  object,
  payin,
  refusal,
  request,
  SECRET,
  signed,
  unsigned,
  users,
  validation,
  type WebhookFields,
} from '../../support/webhooks/webhookBuilders.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('the webhook endpoint', () => {
  const service = sharedService()

  const unattributed = async (taken: Taken): Promise<void> => {
    expect(taken.outcome).to.equal('appended')
    expect(taken.events.map(({ stream }) => stream)).to.deep.equal(['kyc-unattributed'])
  }

  /** Runs `action` and checks that it put exactly one row into the journal, with this reason and body. */
  const journaled = async (reason: JournalReason, body: string | Uint8Array, action: () => Promise<unknown>) => {
    const before = service().journal(1)[0]?.id ?? 0
    await action()
    const rows = service()
      .journal()
      .filter(({ id }) => id > before)
    expect(rows.map((row) => row.reason)).to.deep.equal([reason])
    expect(rows[0]?.body.equals(Buffer.from(body as string))).to.equal(true)
    expect(rows[0]?.size).to.equal(Buffer.byteLength(body))
  }

  const counted = async (outcome: string): Promise<number> => {
    const metrics = await (await service().get('/metrics')).text()
    return Number(new RegExp(`^kyc_deliveries_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm').exec(metrics)?.[1])
  }

  /** Runs `action` and checks that it is counted once, and told in one line of the log with the journal's id for it. */
  const early = async (outcome: string, message: string, action: () => Promise<unknown>): Promise<void> => {
    const before = await counted(outcome)
    await action()
    expect(await counted(outcome)).to.equal(before + 1)
    const of = `"journalId":${service().journal(1)[0]?.id},`
    await service().says(of)
    const lines = service()
      .stdout()
      .split('\n')
      .filter((line) => line.includes(of))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.map(({ level, msg }) => [level, msg])).to.deep.equal([[40, message]])
  }

  it('answers alike however its path is spelled, though one spelling goes past the routes of all others', async () => {
    const answered = async (path: string, body: string | Uint8Array, headers: Readonly<Record<string, string>>) => {
      const response = await fetch(`${service().url}${path}`, { method: 'POST', body: Buffer.from(body), headers })
      const named = [...response.headers].filter(([name]) => !['date', 'content-length'].includes(name))
      return { status: response.status, headers: named, body: await response.text() }
    }
    /** The same, as it would be of another webhook. */
    const shape = (text: string): string =>
      text.replaceAll(/"position":"\d+"|"eventId":"[0-9a-f-]+"|"revision":\d+|kyc-\d+/g, '...')
    const known = request(newUser())
    await service().deliver(known)
    const cases: Readonly<Record<string, readonly [() => string | Uint8Array, Readonly<Record<string, string>>?]>> = {
      appended: [() => signed(request(newUser()))],
      duplicate: [() => signed(known)],
      ignored: [() => signed(payin())],
      'by others': [() => signed(request(newUser())), { 'x-forwarded-for': '192.0.2.7' }],
      packed: [() => gzipSync(signed(request(newUser()))), { 'content-encoding': 'gzip' }],
      noted: [() => '{"Type":"SubscriptionConfirmation"}'],
      'no JSON': [() => 'x'],
      'for a person': [() => 'x', { accept: 'text/html' }],
      forged: [() => badlySigned(request(newUser()))],
      'no packing': [() => 'x', { 'content-encoding': 'gzip' }],
      'unknown packing': [() => 'x', { 'content-encoding': 'x' }],
    }
    for (const [name, [body, headers = {}]] of Object.entries(cases)) {
      const direct = await answered('/webhooks/treezor', body(), headers)
      const routed = await answered('/Webhooks/Treezor/?a=b', body(), headers)
      expect({ ...direct, body: shape(direct.body) }, name).to.deep.equal({ ...routed, body: shape(routed.body) })
    }
    const timed = /^kyc_http_request_duration_seconds_count\{method="POST",route="([^"]+)"/gm
    const metrics = await (await service().get('/metrics')).text()
    expect(new Set([...metrics.matchAll(timed)].map(([, route]) => route))).to.deep.equal(
      new Set(['/webhooks/treezor']),
    )
  })

  describe('takes what is verified', () => {
    it('appends a new webhook to the stream of its user and says where it stands', async () => {
      const user = newUser()
      const taken = await service().deliver(request(user))
      expect(taken.outcome).to.equal('appended')
      expect(taken.events).to.have.length(1)
      const [event] = taken.events
      expect(Object.keys(event ?? {}).sort()).to.deep.equal(['eventId', 'position', 'revision', 'stream'])
      expect(event).to.include({ stream: `kyc-${user}`, revision: 0 })
      expect(event?.eventId).to.match(UUID)
      expect(event?.position).to.be.a('string')
      const second = await service().deliver(validation(user))
      expect(second.events[0]?.revision).to.equal(1)
      expect((second.events[0]?.position ?? '') > (event?.position ?? '')).to.equal(true)
    })

    it('answers a known one with the place where it stands, and appends nothing', async () => {
      const user = newUser()
      const webhook = request(user)
      const first = await service().deliver(webhook)
      await service().deliver(validation(user))
      const again = await service().deliver(webhook)
      expect(again).to.deep.equal({ outcome: 'duplicate', events: first.events })
      expect(await service().events(user)).to.have.length(2)
    })

    it('ignores what neither by name nor by payload belongs to a family it follows, and keeps nothing of it', async () => {
      const before = service().journal(1)[0]?.id
      const response = await service().post(signed(payin()))
      expect(response.status).to.equal(200)
      expect(await response.json()).to.deep.equal({ outcome: 'ignored' })
      expect(service().journal(1)[0]?.id).to.equal(before)
      expect(await (await service().get('/metrics')).text()).to.match(
        /^kyc_deliveries_total\{outcome="Ignored"\} \d+$/m,
      )
    })

    it('follows the payload under a name it does not know, with an anomaly', async () => {
      const user = newUser()
      await service().deliver(kycReview('request', user))
      const taken = await service().deliver(kycReview('result', user, { name: 'kycreview.expired' }))
      expect(taken.outcome).to.equal('appended')
      const status = await service().kyc(user)
      expect(status).to.include({ status: 'validated', verified: true, governedBy: 'lifecycle', events: 2 })
      expect(status.anomalies).to.have.length(1)
      expect(status.anomalies[0]).to.include({ kind: 'unknown-name', eventId: taken.events[0]?.eventId })
      expect((await service().events(user))[1]?.type).to.equal('kycreview.expired')
    })

    for (const name of ['user.create', 'user.update', 'user.cancel']) {
      it(`knows ${name}, which carries the same user object`, async () => {
        const user = newUser()
        const canceled = name === 'user.cancel' ? { userStatus: 'CANCELED' } : {}
        await service().deliver(request(user, { name }, canceled))
        const status = await service().kyc(user)
        expect(status).to.include({ status: name === 'user.cancel' ? 'closed' : 'pending', events: 1 })
        expect(status.legacy.state).to.equal('pending')
        expect(status.anomalies).to.deep.equal([])
      })
    }

    it('follows what the payload says, not what the webhook is called, with an anomaly', async () => {
      const user = newUser()
      const taken = await service().deliver(kycReview('request', user, { name: 'user.kycreview' }))
      expect(taken.events[0]?.stream).to.equal(`kyc-${user}`)
      const status = await service().kyc(user)
      expect(status).to.include({ status: 'pending', governedBy: 'lifecycle' })
      expect(status.anomalies.map(({ kind }) => kind)).to.include('envelope-disagrees')
    })

    it('takes a known payload without any name', async () => {
      const user = newUser()
      await service().deliver(but(request(user), { name: null }))
      const status = await service().kyc(user)
      expect(status.status).to.equal('pending')
      expect(status.anomalies.map(({ kind }) => kind)).to.deep.equal(['unknown-name'])
    })

    it('keeps a shape it does not know under a name it follows as unattributed evidence', async () => {
      const odd = request('1')
      await unattributed(await service().deliver(but(odd, { payloadText: '{"persons":[{"userId":"0"}]}' })))
      await unattributed(await service().deliver(but(odd, { payloadText: 'null' })))
      await unattributed(await service().deliver(but(odd, { payloadText: '[]' })))
      await unattributed(await service().deliver(but(odd, { payloadText: '"users"' })))
      await unattributed(await service().deliver(but(odd, { payloadText: '12.50' })))
    })

    it('keeps a known shape without a user id as unattributed evidence', async () => {
      await unattributed(await service().deliver(users([{ userId: null }])))
      await unattributed(await service().deliver(users([{ userId: '0' }])))
      await unattributed(await service().deliver(users([{ userId: '00' }])))
      await unattributed(await service().deliver(users([])))
      await unattributed(await service().deliver(kycReview('result', '1', {}, { userId: undefined })))
      await unattributed(await service().deliver(kycReview('result', '1', {}, { userId: -1 })))
      await unattributed(await service().deliver(document('create', '1XXXXXX')))
      await unattributed(await service().deliver(liveness('update', 'nobody')))
      await unattributed(await service().deliver(identification('qes.created', '1.5')))
    })

    it('attributes what it can of a webhook and keeps the rest as unattributed evidence', async () => {
      const user = newUser()
      const taken = await service().deliver(users([{ userId: user, kycReview: '1' }, { userId: 'nobody' }]))
      expect(taken.events.map(({ stream }) => stream).sort()).to.deep.equal([`kyc-${user}`, 'kyc-unattributed'])
      expect((await service().kyc(user)).status).to.equal('pending')
    })

    it('reads nothing as verified where the deciding field is missing, ill-typed or unheard of', async () => {
      for (const kycReview of [undefined, null, '', '02', 2.5, true, [2], { code: 2 }, '9', 'VALIDATED']) {
        const user = newUser()
        await service().deliver(validation(user, {}, { kycReview }))
        const status = await service().kyc(user)
        expect(status, JSON.stringify(kycReview)).to.include({ status: 'unknown', verified: false })
        expect(status.anomalies.map(({ kind }) => kind)).to.include('unknown-value')
      }
    })
  })

  describe('keeps for the operator what it cannot take', () => {
    it('notes JSON without object_payload, and fetches no URL in it', async () => {
      let fetched = 0
      const bait = createServer((_req, res) => {
        fetched += 1
        res.end()
      })
      await new Promise<void>((resolve) => bait.listen(0, '127.0.0.1', () => resolve()))
      const url = `http://127.0.0.1:${(bait.address() as AddressInfo).port}/confirm?Token=t`
      const body = JSON.stringify({ Type: 'SubscriptionConfirmation', SubscribeURL: url, Message: 'object_payload' })
      try {
        await journaled('no-payload', body, async () => {
          const response = await service().post(body, { 'content-type': 'text/plain; charset=UTF-8' })
          expect(response.status).to.equal(200)
          expect(await response.json()).to.deep.equal({ outcome: 'noted' })
        })
        expect(service().journal(1)[0]?.contentType).to.equal('text/plain; charset=UTF-8')
        await new Promise((resolve) => setTimeout(resolve, 300))
        expect(fetched).to.equal(0)
      } finally {
        bait.close()
      }
    })

    for (const [what, body] of [
      ['text', 'hello'],
      ['JSON that ends early', '{"webhook":"user.kycreview","object_payload":{'],
      ['JSON with something behind it', '{}{}'],
      ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
      ['an empty body', ''],
    ] as const) {
      it(`refuses ${what} with 400 and keeps it`, () =>
        journaled('not-json', body, async () => {
          await expectProblem(await service().post(body), 400)
        }))
    }

    for (const body of ['[]', '"object_payload"', '12', 'null', 'true', '[{"object_payload":{}}]']) {
      it(`refuses ${body}, which is JSON but no object, with 400 and keeps it`, () =>
        journaled('not-a-webhook', body, async () => {
          await expectProblem(await service().post(body), 400)
        }))
    }

    const user = newUser()
    const right = validation(user)
    const signature = sign(right.payloadText, SECRET)
    for (const [what, body] of [
      ['no signature', unsigned(right)],
      ['a signature under another secret', badlySigned(right)],
      ['an empty signature', object(members(right, ''))],
      ['a signature that is not a string', `${unsigned(right).slice(0, -1)},"object_payload_signature":[12]}`],
      ['the signature of another payload', object(members(refusal(user), signature))],
      ['a signature without its padding', object(members(right, signature.replace(/=+$/, '')))],
      ['a signature in hexadecimal', object(members(right, Buffer.from(signature, 'base64').toString('hex')))],
      ['a signature with white space around it', object(members(right, ` ${signature}`))],
    ] as const) {
      it(`refuses ${what} with 503, keeps it and appends no event`, async () => {
        await journaled('signature', body, async () => {
          await expectProblem(await service().post(body), 503)
        })
        expect(await service().events(user)).to.deep.equal([])
        await expectProblem(await service().get(`/users/${user}/kyc`), 404)
      })
    }

    it('takes a delivery that was refused once its signature is mended', async () => {
      const webhook = request(newUser())
      await expectProblem(await service().post(badlySigned(webhook)), 503)
      expect((await service().deliver(webhook)).outcome).to.equal('appended')
    })
  })

  describe('bounds what it reads', () => {
    const MIB = 1024 * 1024
    const padded = (webhook: WebhookFields, size: number): string => {
      const body = signed(webhook)
      return body + ' '.repeat(size - Buffer.byteLength(body))
    }

    it('takes a body of exactly 1 MiB', async () => {
      const response = await service().post(padded(request(newUser()), MIB))
      expect(response.status).to.equal(200)
      expect(((await response.json()) as Taken).outcome).to.equal('appended')
    })

    /** Checks that the journal has one more row: the beginning of this body, `most` of it, and how long it was. */
    const keptBeginning = async (
      body: Uint8Array,
      action: () => Promise<unknown>,
      most = 65_536,
    ): Promise<Record<string, unknown> | undefined> => {
      const before = service().journal(1)[0]?.id ?? 0
      await early('TooLarge', 'a delivery was refused: its body is too large', action)
      const [row, ...others] = service()
        .journal()
        .filter(({ id }) => id > before)
      expect(others).to.deep.equal([])
      expect(row?.reason).to.equal('too-large')
      expect(row?.body.equals(body.subarray(0, most))).to.equal(true)
      return { ...row }
    }

    it('refuses one byte more with 413: unread where the length is announced, and else keeps its beginning', async () => {
      const user = newUser()
      const body = Buffer.from(padded(request(user), MIB + 1))
      const announced = await keptBeginning(
        body,
        async () => expectProblem(await service().post(new Uint8Array(body)), 413, 'body-too-large'),
        0,
      )
      expect(announced?.['size']).to.equal(MIB + 1)
      const chunked = Buffer.from(padded(request(user), MIB + 1))
      await keptBeginning(chunked, async () => {
        const response = await fetch(`${service().url}/webhooks/treezor`, {
          method: 'POST',
          body: new Blob([new Uint8Array(chunked)]).stream(),
          duplex: 'half',
        } as RequestInit)
        await expectProblem(response, 413, 'body-too-large')
      })
      expect(await service().events(user)).to.deep.equal([])
    })

    it('refuses a small body that unpacks to more with 413, and keeps it as it was sent', async () => {
      const bomb = gzipSync(padded(request(newUser()), 20 * MIB))
      expect(bomb.byteLength).to.be.lessThan(65_536)
      await keptBeginning(bomb, async () => {
        await expectProblem(await service().post(new Uint8Array(bomb), { 'content-encoding': 'gzip' }), 413)
      })
      expect(service().journal(1)[0]?.contentEncoding).to.equal('gzip')
    })

    it('counts a body that is never sent to its end', async () => {
      const before = await counted('BrokenOff')
      const socket = connect(Number(new URL(service().url).port), '127.0.0.1')
      socket.write(
        'POST /webhooks/treezor HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n{"object_payload":',
      )
      await new Promise((resolve) => setTimeout(resolve, 100))
      socket.destroy()
      await untilTrue('it is counted', async () => (await counted('BrokenOff')) > before)
      expect(await counted('BrokenOff')).to.equal(before + 1)
    })

    it('answers deep nesting and long member lists within seconds, whatever they hold', async () => {
      const deep = `{"object_payload":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
      const wide = `{${Array.from({ length: 60_000 }, (_, i) => `"k${i}":1`).join(',')}}`
      for (const [body, status] of [
        [deep, 503],
        [wide, 200],
      ] as const) {
        const before = performance.now()
        const response = await service().post(body)
        await response.text()
        expect(response.status).to.equal(status)
        expect(performance.now() - before).to.be.lessThan(5000 + ROOM_MS)
      }
    })
  })

  describe('reads a body in any form', () => {
    const taken = async (body: NonNullable<RequestInit['body']>, headers?: Record<string, string>): Promise<void> => {
      const text = await okText(await service().post(body, headers))
      expect((JSON.parse(text) as Taken).outcome, text).to.equal('appended')
    }
    const some = () => request(newUser())
    const payloadFirst = (webhook: WebhookFields): string =>
      object([...members(webhook, sign(webhook.payloadText, SECRET))].reverse())

    for (const type of [
      'text/plain',
      'application/json',
      'application/json; charset=utf-8',
      'application/json; charset=ISO-8859-1',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'nonsense',
    ]) {
      it(`takes it as ${type}`, () => taken(signed(some()), { 'content-type': type }))
    }

    it('takes it without any content type', async () => {
      const bytes = new TextEncoder().encode(signed(some()))
      await taken(bytes)
    })

    for (const [encoding, pack] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
      ['zstd', zstdCompressSync],
    ] as const) {
      it(`takes it packed with ${encoding}`, () =>
        taken(new Uint8Array(pack(signed(some()))), { 'content-encoding': encoding }))
    }

    for (const [encoding, status] of [
      ['zork', 415],
      ['gzip, br', 415],
      ['gzip', 400],
      ['br', 400],
      ['deflate', 400],
      ['zstd', 400],
    ] as const) {
      it(`refuses what is said to be packed with ${encoding} and is not, with ${status}, and keeps it`, async () => {
        const text = signed(some())
        await early('NotDecodable', 'a delivery was refused: its body cannot be unpacked', () =>
          journaled('encoding', text, async () => {
            await expectProblem(await service().post(text, { 'content-encoding': encoding }), status)
          }),
        )
        expect(service().journal(1)[0]?.contentEncoding).to.equal(encoding)
      })
    }

    it('takes it nested in an outer envelope', () =>
      taken(`{"messageId":"m","webhookId":"w","webhook":${signed(some())},"clientId":"516899"}`))

    it('takes the outer envelope with a payload of its own for what the inner one says', async () => {
      const user = newUser()
      const body = `{"object_payload":{"users":[]},"webhook":${signed(request(user))},"object_payload_signature":"x"}`
      await taken(body)
      expect(await service().events(user)).to.have.length(1)
    })

    it('takes it wherever object_payload stands', async () => {
      await taken(payloadFirst(some()))
      const webhook = some()
      const [payload, ...rest] = [...members(webhook, sign(webhook.payloadText, SECRET))].sort(([a], [b]) =>
        a === 'object_payload' ? -1 : b === 'object_payload' ? 1 : 0,
      )
      expect(payload?.[0]).to.equal('object_payload')
      await taken(object([...(payload ? [payload] : []), ...rest]))
    })

    it('is not led astray by the text object_payload inside a string, or by an object_payload further inside', async () => {
      const webhook = request(newUser(), {}, { userTag: '"object_payload":{"users":[]}' })
      const decoys: readonly (readonly [string, string])[] = [
        ['note', JSON.stringify('"object_payload":{"users":[]},')],
        ['inner', '{"object_payload":{"users":[]},"object_payload_signature":"x"}'],
        ['x\\"object_payload', '{}'],
      ]
      const all = members(webhook, sign(webhook.payloadText, SECRET))
      await taken(object([...decoys, ...all, ...decoys]))
    })

    it('reads a member name that is written with escapes', () =>
      taken(signed(some()).replace('"object_payload"', '"object\\u005fpayload"')))

    it('takes of two object_payload the one every JSON parser takes: the last', async () => {
      const user = newUser()
      const decoy = validation(newUser())
      await taken(`{"object_payload":${decoy.payloadText},${signed(request(user)).slice(1)}`)
      expect((await service().kyc(user)).status).to.equal('pending')
      const signedFirst = signed(request(newUser())).replace(/}$/, `,"object_payload":${decoy.payloadText}}`)
      await expectProblem(await service().post(signedFirst), 503)
    })

    it('takes it behind a byte order mark, and with white space around', async () => {
      await taken(`\uFEFF${signed(some())}`)
      await taken(`\r\n\t ${signed(some())} \n`)
      await taken(JSON.stringify(JSON.parse(signed(some())), null, 4))
    })

    it('takes payloads with slashes, letters beyond ASCII and numbers no double can hold', async () => {
      const webhook = some()
      const payloadText = webhook.payloadText.replace(
        '"userTag":""',
        '"userTag":"a/b \\/ KÖLN 🙃 \\ud83d\\ude43","amount":0.00,"big":9007199254740993,"10":1,"2":1e2',
      )
      await taken(signed(but(webhook, { payloadText })))
    })

    it('takes ids and times as strings or numbers, and without any of them', async () => {
      await taken(signed(but(some(), { createdAt: '17194725841286' })))
      await taken(signed(but(some(), { createdAt: null, id: null })))
      await taken(signed(but(some(), { createdAt: 12 })))
      await taken(signed(some()).replace(/"webhook_id":"[^"]+"/, '"webhook_id":9007199254740993'))
      await taken(signed(some()).replace(/"webhook_created_at":\d+/, '"webhook_created_at":{"at":1}'))
    })
  })
})
