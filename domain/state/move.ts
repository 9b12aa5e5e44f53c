import { isSuccess, type Region, type StateOf } from '../regions.ts'
import type { Report } from './draft.ts'
import { expectedFrom, step } from './transitionTable.ts'

/**
 * Moves one region (or one object of it) and tells of what is odd about the move. `followed` is false for an echo that
 * claims a success: nothing of it is taken over.
 */
export const move = <R extends Region>(
  region: R,
  of: string,
  from: StateOf<R>,
  says: StateOf<R>,
  isEcho: boolean,
  report: Report,
): { readonly to: StateOf<R>; readonly followed: boolean } => {
  const { target, action } = step(region, from, says, isEcho)
  if (action === 'echo') {
    report(
      'echo',
      isSuccess(says)
        ? `${of}: a payload that was here before says ${says} again: not followed, the state stays ${from}`
        : `${of}: ${from} -> ${target} by a payload that was here before`,
    )
  }
  if (action === 'unexpected') {
    const expected = expectedFrom(region, from).join(', ') || 'nothing'
    if (from === 'none' && target === 'validated' && region !== 'documents') {
      report('no-request-seen', `${of}: the first thing heard is that it is validated: no request for it was seen`)
    } else report('unexpected-transition', `${of}: ${from} -> ${target}; expected after ${from}: ${expected}`)
  }
  return { to: target, followed: !(isEcho && isSuccess(says)) }
}
