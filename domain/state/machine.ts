import { createMachine } from 'xstate'
import { isSuccess, REGIONS, type Region, type State, type StateOf } from '../regions.ts'

/**
 * What a webhook says about one region of a user: `legacy.validated` reads "the legacy state is now validated". `echo`
 * marks a payload that the stream already held under another id and time, or another name.
 */
export interface StateReported {
  readonly type: `${Region}.${State}`
  readonly echo: boolean
}

/** What a transition leaves behind for the fold to write down. */
export type TransitionAction = 'unexpected' | 'echo'

type Expected<R extends Region> = { readonly [S in StateOf<R>]?: readonly StateOf<R>[] }

/**
 * Webhooks are snapshots of the provider's truth: whatever state one reports is taken. A move that is `expected` from
 * the present state is taken silently (as is the report of the present state), any other leaves `unexpected`. An echo
 * is followed too and leaves `echo`, except into a success: there it stays where it is.
 */
const region = <R extends Region>(name: R, expected: Expected<R>) => {
  const states: readonly StateOf<R>[] = REGIONS[name]
  const report = (to: StateOf<R>, target: string, action?: TransitionAction) => ({
    [`${name}.${to}`]: [
      { guard: 'isEcho', actions: 'echo', ...(isSuccess(to) ? {} : { target }) },
      { target, ...(action === undefined ? {} : { actions: action }) },
    ],
  })
  const all = (toReports: readonly object[]) => Object.assign({}, ...toReports)
  const stateNode = (from: StateOf<R>) => ({
    on: { ...all((expected[from] ?? []).map((to) => report(to, to))), [`${name}.${from}`]: {} },
  })
  return {
    initial: 'none',
    on: all(states.map((to) => report(to, `.${to}`, 'unexpected'))),
    states: Object.fromEntries(states.map((from) => [from, stateNode(from)])),
  }
}

const identification: Expected<'qes' | 'videoConference'> = {
  none: ['started'],
  started: ['checking', 'fraudSuspected', 'succeeded', 'aborted', 'canceled', 'fraudConfirmed'],
  checking: ['fraudSuspected', 'succeeded', 'aborted', 'canceled', 'fraudConfirmed'],
  fraudSuspected: ['checking', 'succeeded', 'aborted', 'canceled', 'fraudConfirmed'],
  unknown: REGIONS.qes,
}

/**
 * The one definition of a user's states. A region that holds several objects (documents, identifications) describes
 * one of them: the fold keeps a state per object and runs it through the region of its kind.
 *
 * Expected moves: treezor.com guides on user verification; the moves between review states are inferred from them.
 */
export const userMachine = createMachine(
  {
    id: 'user',
    type: 'parallel',
    types: {} as { events: StateReported },
    states: {
      legacy: region('legacy', {
        none: ['pending'],
        pending: ['validated', 'refused', 'investigating'],
        validated: ['pending', 'reviewOpen', 'reviewPending'],
        refused: ['pending'],
        reviewOpen: ['reviewPending', 'validated', 'refused', 'pending'],
        reviewPending: ['validated', 'refused', 'investigating'],
        investigating: ['validated', 'refused', 'reviewClosed'],
        reviewClosed: ['pending'],
        unknown: REGIONS.legacy,
      }),
      lifecycle: region('lifecycle', {
        none: ['pending'],
        pending: ['validated', 'refused'],
        validated: ['pending'],
        refused: ['pending'],
        unknown: REGIONS.lifecycle,
      }),
      documents: region('documents', {
        none: ['pending'],
        pending: ['validated', 'canceled'],
        validated: ['canceled'],
        unknown: REGIONS.documents,
      }),
      liveness: region('liveness', {
        none: ['processing', 'aborted', 'expired'],
        processing: ['passed', 'failed', 'inconclusive', 'aborted', 'expired'],
        unknown: REGIONS.liveness,
      }),
      qes: region('qes', identification),
      videoConference: region('videoConference', identification),
    },
  },
  {
    guards: { isEcho: ({ event }) => event.echo },
    actions: { unexpected: () => {}, echo: () => {} },
  },
)
