import { status } from '@grpc/grpc-js'
import type { Disturbance, Node } from './node.ts'
import { type Filter, Pump, type Start } from './pump.ts'
import { callStatus, refusalStatus, resetCall } from './refusal.ts'
import { type ReadCall, sender } from './sender.ts'

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
