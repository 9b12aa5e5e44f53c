import { expect } from 'chai'
import { type EventStoreDb, startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { strangeIn } from '../support/tracing/allowed.ts'
import { named, newTrace, startTraced, type TracedService, treeOf } from '../support/tracing/tracedService.ts'
import { newUser, request, signed, validation } from '../support/webhooks/webhookBuilders.ts'

describe('spans of calls to EventStoreDB', () => {
  let server: EventStoreDb
  let service: TracedService
  before(async () => {
    server = await startEventStoreDb()
    service = await startTraced(newDirectory(), { EVENT_STORE: server.connectionString })
    await service.ready()
  })
  after(async () => {
    await service.stop()
    await server.stop()
  })

  it('stand under what they are made for, and name the server, not the stream', async () => {
    const userId = newUser()
    const { traceId, spanId, headers } = newTrace()
    await service.post(signed(request(userId)), headers)
    const spans = await service.trace(traceId, (found) => found.length === 7)
    expect(treeOf(spans, spanId)).to.deep.equal([
      ['POST /webhooks/treezor', 'verify', ['decide', 'streams.read', ['append', 'project', 'streams.append']]],
    ])
    const { attributes, kind } = named(spans, 'streams.append')
    expect(kind).to.equal(2)
    expect(attributes).to.deep.equal({
      'db.system.name': 'eventstoredb',
      'db.operation.name': 'streams.append',
      'server.address': '127.0.0.1',
      'server.port': server.port,
    })
    expect(spans.flatMap(strangeIn)).to.deep.equal([])
    expect(JSON.stringify(spans)).not.to.include(userId)
  })

  it('that had no answer stand beside the one that had', async () => {
    server.faults.next('append', 'ack-withheld')
    const { traceId, headers } = newTrace()
    await service.post(signed(validation(newUser())), headers)
    const spans = await service.trace(traceId, (found) => found.some(({ name }) => name === 'project'))
    const tries = spans.filter(({ name }) => name === 'streams.append')
    expect(tries.map(({ attributes }) => attributes['error.type'])).to.deep.equal(['NoAnswer', undefined])
    expect(tries.map(({ status }) => status.code)).to.deep.equal([2, 0])
    expect(named(spans, 'append').status.code).to.equal(0)
  })

  it('are none of what the service does by itself', async () => {
    const spans = await service.spans()
    const known = new Set(spans.map(({ spanId }) => spanId))
    const calls = spans.filter(({ attributes }) => 'db.system.name' in attributes)
    expect(calls.filter(({ parentSpanId }) => !known.has(parentSpanId ?? ''))).to.deep.equal([])
  })
})
