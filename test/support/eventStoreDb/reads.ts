import streamsPb, { type ReadReq, type ReadResp } from '@eventstore/db-client/generated/streams_pb.js'
import { type handleServerStreamingCall, status } from '@grpc/grpc-js'
import type { Log } from './log.ts'
import type { LogEvent } from './logEvent.ts'
import { eventMessage, nameOf, type Place, streamNotFoundMessage } from './messages.ts'
import type { Node } from './node.ts'
import { indexFrom, type Start } from './pump.ts'
import { callStatus, refusalStatus, refuse } from './refusal.ts'
import { type ReadCall, sender } from './sender.ts'
import { subscribe } from './subscription.ts'

/** The position that means the end of the log. */
const END_OF_ALL = 2n ** 64n - 1n
const { BACKWARDS } = streamsPb.ReadReq.Options.ReadDirection

/** The call `Read`: a stream or `$all`, forwards or backwards, or a subscription to `$all`. */
export const read =
  (node: Node): handleServerStreamingCall<ReadReq, ReadResp> =>
  (call) => {
    const options = call.request.getOptions()
    if (options === undefined) return
    const answer = options.hasSubscription() ? answerSubscription(node, call, options) : answerRead(node, call, options)
    answer.catch((error: unknown) => {
      if (!call.cancelled) call.emit('error', callStatus(status.INTERNAL, `the double failed: ${String(error)}`))
    })
  }

const answerSubscription = async (node: Node, call: ReadCall, options: ReadReq.Options): Promise<void> => {
  node.calls.subscribe += 1
  const fault = node.faults.take('subscribe')
  const filter = options.getFilter()
  const prefixes = filter?.getStreamIdentifier()?.getPrefixList() ?? []
  if (fault !== undefined) return refuse(fault, call, (ended) => call.emit('error', ended))
  if (!options.hasAll() || (filter !== undefined && prefixes.length === 0)) {
    call.emit('error', callStatus(status.UNIMPLEMENTED, 'the double subscribes to $all, by prefix of the stream name'))
    return
  }
  const window = filter?.hasMax() ? filter.getMax() : 32
  const interval = window * (filter?.getCheckpointintervalmultiplier() ?? 1)
  await subscribe(node, call, startOf(options), filter === undefined ? null : { prefixes, window, interval })
}

const answerRead = async (node: Node, call: ReadCall, options: ReadReq.Options): Promise<void> => {
  node.calls.read += 1
  const denied = options.hasStream() && !node.rights.holds('read', nameOf(options.getStream()?.getStreamIdentifier()))
  const fault = denied ? 'access-denied' : node.faults.take('read')
  if (fault !== undefined && fault !== 'broken-off' && fault !== 'behind')
    return refuse(fault, call, (ended) => call.emit('error', ended))

  const gone = new AbortController()
  call.on('cancelled', () => gone.abort())
  const send = sender(call, node.faults, gone.signal)
  const found = options.hasStream() ? readStream(node.log, options) : readAll(node.log, options)
  if (found === 'deleted') {
    const name = nameOf(options.getStream()?.getStreamIdentifier())
    const facts = { exception: 'stream-deleted', 'stream-name': name }
    call.emit('error', callStatus(status.FAILED_PRECONDITION, `Event stream '${name}' is deleted.`, facts))
    return
  }
  if (found === 'no such stream') await send(streamNotFoundMessage(nameOf(options.getStream()?.getStreamIdentifier())))
  else if (found === 'unreadable') {
    const result = options.hasStream() ? 'ReadStreamResult: Error' : 'ReadAllResult: InvalidPosition'
    call.emit('error', callStatus(status.UNKNOWN, `Unexpected ${result}`))
    return
  } else {
    const given = {
      all: found,
      'broken-off': found.slice(0, Math.ceil(found.length / 2)),
      behind: found.filter((event) => event !== node.log.events.at(-1)),
    }[fault ?? 'all']
    for (const event of given) await send(eventMessage(event))
  }
  if (fault !== 'broken-off') call.end()
  else call.emit('error', refusalStatus('unavailable'))
}

type Found = readonly LogEvent[] | 'unreadable' | 'no such stream' | 'deleted'

const readStream = (log: Log, options: ReadReq.Options): Found => {
  const from = options.getStream()
  const events = log.stream(nameOf(from?.getStreamIdentifier()))
  if (events === null) return 'no such stream'
  if (events === 'deleted') return 'deleted'
  const count = Number(options.getCount())
  const backwards = options.getReadDirection() === BACKWARDS
  if (count === 0 || (from?.hasEnd() && !backwards)) return 'unreadable'

  const start = from?.hasEnd() ? Number.POSITIVE_INFINITY : from?.hasStart() ? 0 : Number(from?.getRevision())
  return backwards
    ? events
        .filter(({ revision }) => revision <= start)
        .reverse()
        .slice(0, count)
    : events.filter(({ revision }) => revision >= start).slice(0, count)
}

/** Forwards the event at the position comes first; backwards it is the first one left out. */
const readAll = (log: Log, options: ReadReq.Options): Found => {
  const index = indexFrom(log, startOf(options))
  if (index === null) return 'unreadable'
  const count = Number(options.getCount())
  return options.getReadDirection() === BACKWARDS
    ? log.events.slice(0, index).reverse().slice(0, count)
    : log.events.slice(index, index + count)
}

const startOf = (options: ReadReq.Options): Start => {
  const all = options.getAll()
  const position = all?.getPosition()
  if (position === undefined) return all?.hasEnd() ? 'end' : 'start'
  const place: Place = { commit: BigInt(position.getCommitPosition()), prepare: BigInt(position.getPreparePosition()) }
  return place.commit === END_OF_ALL ? 'end' : place
}
