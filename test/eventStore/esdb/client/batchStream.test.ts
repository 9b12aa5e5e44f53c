import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { appendAnswer, appendRequest } from '../../../../src/eventStore/esdb/client/appendMessages.ts'
import { batchAppends, type SendAppend } from '../../../../src/eventStore/esdb/client/batchStream.ts'
import { type OneNodeClient, oneNodeClient } from '../../../../src/eventStore/esdb/client/client.ts'
import { readConnectionString } from '../../../../src/eventStore/esdb/client/connectionString.ts'
import { asStored } from '../../../../src/eventStore/esdb/stored/storedEvent.ts'
import { type EventStoreDb, startEventStoreDb } from '../../../support/eventStoreDb/eventStoreDb.ts'
import { newEvent, newStream } from '../../../support/events/newEvents.ts'
import { untilTrue } from '../../../support/patience.ts'
import { right } from '../../../support/right.ts'

const PATIENCE_MS = 5000

describe('the stream of appends of one client', () => {
  let server: EventStoreDb
  let node: OneNodeClient
  let giveUp: AbortController
  let send: SendAppend
  let opened: number

  beforeEach(async () => {
    server = await startEventStoreDb()
    node = oneNodeClient(right(readConnectionString(server.connectionString)))
    giveUp = new AbortController()
    opened = 0
    const open = (): ReturnType<OneNodeClient['openBatchAppend']> => {
      opened += 1
      return node.openBatchAppend()
    }
    send = batchAppends(open, giveUp.signal)
  })
  afterEach(async () => {
    giveUp.abort()
    await node.close()
    await server.stop()
  })

  const append = async (milliseconds = PATIENCE_MS, stream = newStream()) =>
    appendAnswer(
      await send(appendRequest(randomUUID(), stream, 'no-stream', [right(asStored(newEvent()))]), milliseconds),
    )
  const many = (count: number, milliseconds = PATIENCE_MS) =>
    Promise.allSettled(Array.from({ length: count }, () => append(milliseconds)))
  const reasonsOf = (outcomes: readonly PromiseSettledResult<unknown>[]): readonly string[] =>
    outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []))

  it('gives each append its own answer, in whatever order they come', async () => {
    const order: string[] = []
    server.faults.next('append', 'ack-late', 2)
    const streams = Array.from({ length: 5 }, () => newStream())
    const answers = await Promise.all(
      streams.map(async (stream) => {
        const appended = right(await append(PATIENCE_MS, stream))
        order.push(stream)
        return [stream, Number.parseInt(appended.position, 16)] as const
      }),
    )
    expect(order.slice(0, 3)).to.have.members(streams.slice(2))
    expect(answers).to.deep.equal(server.events().map(({ stream, position }) => [stream, Number(position)]))
    expect(opened).to.equal(1)
  })

  it('drops answers to nobody', async () => {
    server.faults.next('append', 'ack-stray', 3)
    expect(reasonsOf(await many(6))).to.deep.equal([])
    expect(opened).to.equal(1)
  })

  for (const fault of ['ack-empty', 'ack-garbled'] as const) {
    it(`takes for no answer what says nothing: ${fault}`, async () => {
      server.faults.next('append', fault)
      expect((await append())._tag).to.equal('Left')
      right(await append())
      expect(opened).to.equal(1)
    })
  }

  it('drops the answer to an append that was given up, and goes on where others are answered', async () => {
    server.faults.next('append', 'ack-late')
    const late = append(100).catch((error: unknown) => error)
    right(await append())
    expect(String(await late)).to.include('no answer within 100 ms')
    await sleep(200)
    right(await append())
    expect(opened).to.equal(1)
  })

  it('is replaced when nothing is answered any more', async () => {
    right(await append())
    server.faults.next('append', 'ack-withheld', 3)
    const silent = [append(300), append(), append()]
    const reasons = reasonsOf(await Promise.allSettled(silent))
    expect(reasons[0]).to.include('no answer within 300 ms')
    expect(reasons.slice(1).every((reason) => reason.includes('fell silent'))).to.equal(true)
    right(await append())
    expect(opened).to.equal(2)
  })

  for (const [fault, reason] of [
    ['unavailable', 'UNAVAILABLE'],
    ['reset', 'INTERNAL'],
    ['ack-cut', 'UNAVAILABLE'],
    ['ended', 'ended the stream'],
  ] as const) {
    it(`fails what is in flight on it, and nothing else, when it breaks: ${fault}`, async () => {
      right(await append())
      server.faults.next('append', 'ack-withheld', 20)
      server.faults.next('append', fault)
      const reasons = reasonsOf(await many(21))
      expect(reasons).to.have.length(21)
      expect(reasons.every((text) => text.includes(reason))).to.equal(true)
      expect(reasonsOf(await many(21))).to.deep.equal([])
      expect(opened).to.equal(2)
    })
  }

  it('fails what is in flight as soon as its client is given up', async () => {
    server.faults.next('append', 'ack-withheld', 20)
    const failing = many(20)
    await untilTrue('they are in flight', () => server.calls.append >= 20)
    giveUp.abort()
    const reasons = reasonsOf(await failing)
    expect(reasons).to.have.length(20)
    expect(reasons.every((text) => text.includes('given up'))).to.equal(true)
    expect(reasonsOf(await many(1))).to.have.length(1)
  })
})
