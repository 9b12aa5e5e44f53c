import { transition } from 'xstate'
import { REGION_NAMES, type Region, type StateOf } from '../regions.ts'
import { type TransitionAction, userMachine } from './machine.ts'

/** Where a report leads from a given state, and what it leaves behind. */
export interface Step<R extends Region = Region> {
  readonly target: StateOf<R>
  readonly action: TransitionAction | null
}

const initialValue = Object.fromEntries(REGION_NAMES.map((name) => [name, 'none']))

/** Asks the machine itself, through XState's pure `transition` (about 8,000 a second). */
export const interpretStep = <R extends Region>(
  region: R,
  from: StateOf<R>,
  reported: StateOf<R>,
  echo: boolean,
): Step<R> => {
  const before = userMachine.resolveState({ value: { ...initialValue, [region]: from } })
  const [after, actions] = transition(userMachine, before, { type: `${region}.${reported}`, echo })
  return {
    target: (after.value as Record<Region, StateOf<R>>)[region],
    action: (actions[0]?.type ?? null) as TransitionAction | null,
  }
}

/** By region, present state and reported state: the answer for an original, then for an echo. */
const steps: { [region: string]: { [from: string]: { [reported: string]: readonly [Step, Step] } } } = {}

/**
 * The same answer out of a table that fills itself from the machine: there is no second definition. A (region, state,
 * report) is asked of the machine once in the life of the process.
 */
export const step = <R extends Region>(region: R, from: StateOf<R>, reported: StateOf<R>, echo: boolean): Step<R> => {
  const known = steps[region]?.[from]?.[reported]
  if (known !== undefined) return known[echo ? 1 : 0] as Step<R>
  const asked = [interpretStep(region, from, reported, false), interpretStep(region, from, reported, true)] as const
  steps[region] ??= {}
  steps[region][from] ??= {}
  steps[region][from][reported] = asked
  return asked[echo ? 1 : 0]
}

/** The states to which a move from `from` is expected, as the machine defines them: for an explanation. */
export const expectedFrom = <R extends Region>(region: R, from: StateOf<R>): readonly string[] =>
  Object.keys(userMachine.states[region]?.states[from]?.config.on ?? {})
    .map((type) => type.slice(region.length + 1))
    .filter((to) => to !== from)
