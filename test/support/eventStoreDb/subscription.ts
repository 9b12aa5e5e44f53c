import { status } from '@grpc/grpc-js'
import type { Node } from './node.ts'
import { type Filter, Pump, type Start } from './pump.ts'
import type { ReadCall } from './reads.ts'
import { callStatus, refusalStatus, resetCall } from './refusal.ts'
import { sender } from './sender.ts'

/**
 * What can befall an open subscription: it is dropped, broken off, cut with its connection, ended without an error,
 * left open without another word, or it falls behind and catches up once more.
 */
export type Disturbance = 'unavailable' | 'reset' | 'cut' | 'ended' | 'silent' | 'fell-behind'

export interface OpenSubscription {
  readonly disturb: (how: Disturbance) => void
}

/** Serves one subscription to `$all` until the client leaves or a disturbance ends it. */
export const subscribe = async (node: Node, call: ReadCall, start: Start, filter: Filter | null): Promise<void> => {
  const ending = new AbortController()
  const pump = new Pump(node.log, filter, sender(call, node.faults, ending.signal), ending.signal)
  const disturb = (how: Disturbance): void => {
    if (how === 'fell-behind') return pump.fallBehind()
    ending.abort()
    if (how === 'reset') resetCall(call)
    if (how === 'cut') node.cut(call.getPeer())
    if (how === 'ended') call.end()
    if (how === 'unavailable') call.emit('error', refusalStatus('unavailable'))
  }
  const open = { disturb }
  node.subscriptions.add(open)
  call.on('cancelled', () => ending.abort())
  try {
    await pump.run(start)
    call.emit('error', callStatus(status.INVALID_ARGUMENT, 'Trying to read from an invalid position.'))
  } catch (error) {
    if (!ending.signal.aborted) throw error
  } finally {
    node.subscriptions.delete(open)
  }
}
