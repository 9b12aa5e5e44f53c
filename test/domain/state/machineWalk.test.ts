import { expect } from 'chai'
import { createActor, createMachine } from 'xstate'
import { getShortestPaths } from 'xstate/graph'
import { isSuccess, REGION_NAMES, REGIONS, type Region, type State } from '../../../domain/regions.ts'
import { type StateReported, userMachine } from '../../../domain/state/machine.ts'
import { expectedFrom, step } from '../../../domain/state/transitionTable.ts'

/** MACHINE_STEPS=1000000 walks further; MACHINE_SEED elsewhere. */
const STEPS = Number(process.env['MACHINE_STEPS'] ?? 5000)
const SEED = Number(process.env['MACHINE_SEED'] ?? 1)

/** Numbers below `n`, the same ones for the same seed. */
const diceOf = (seed: number): ((n: number) => number) => {
  let state = seed
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 8) % n
  }
}

/** The machine with one of its regions alone: of all together there are more states than anybody wants to list. */
const alone = (region: Region) => {
  const { states, ...config } = userMachine.config
  const { type: _parallel, ...others } = config
  const one = states?.[region]
  return createMachine({ ...others, initial: region, states: { [region]: one ?? {} } } as never, {
    guards: { isEcho: ({ event }) => (event as StateReported).echo },
    actions: { unexpected: () => undefined, echo: () => undefined },
  })
}

describe('the machine, walked at random', () => {
  it('is where the table leads, step by step, echoes and all', function () {
    this.timeout(20_000 + STEPS)
    const roll = diceOf(SEED)
    const left: string[] = []
    const actor = createActor(
      userMachine.provide({ actions: { unexpected: () => left.push('unexpected'), echo: () => left.push('echo') } }),
    ).start()
    const states: Record<string, State> = Object.fromEntries(REGION_NAMES.map((region) => [region, 'none']))
    const seen = new Set<string>()
    for (let taken = 0; taken < STEPS; taken++) {
      const region = REGION_NAMES[roll(REGION_NAMES.length)] as Region
      const to = REGIONS[region][roll(REGIONS[region].length)] as State
      const echo = roll(4) === 0
      const from = states[region] as State
      const { target, action } = step(region, from as never, to as never, echo)
      states[region] = target
      left.length = 0
      actor.send({ type: `${region}.${to}`, echo } as StateReported)
      expect(actor.getSnapshot().value).to.deep.equal(states)
      expect(left).to.deep.equal(action === null ? [] : [action])
      // Nothing is passed over in silence: it is followed, or it is what holds already, or it leaves word.
      expect(target === to || action === 'echo', `${region}: ${from} -> ${to}`).to.equal(true)
      if (echo && from !== to && isSuccess(to)) expect(target).to.equal(from)
      seen.add(`${region} ${from} ${to} ${echo}`)
    }
    const pairs = REGION_NAMES.reduce((sum, region) => sum + 2 * REGIONS[region].length ** 2, 0)
    // So many steps at random meet nearly all pairs there are.
    expect(seen.size).to.be.greaterThan(pairs * 0.9)
    actor.stop()
  })

  for (const region of REGION_NAMES)
    it(`reaches each state of ${region} by moves that are expected alone, by XState's own search`, () => {
      const expected = REGIONS[region].flatMap((from) =>
        expectedFrom(region, from as never).map((to) => `${from} ${to}`),
      )
      const events = REGIONS[region].map((to) => ({ type: `${region}.${to}`, echo: false }))
      const machine = alone(region)
      const stateIn = (value: unknown): State => (value as Record<string, State>)[region] as State
      const paths = getShortestPaths(machine, {
        events,
        filterEvents: ({ value }: { readonly value: unknown }, { type }: { readonly type: string }) =>
          expected.includes(`${stateIn(value)} ${type.slice(region.length + 1)}`),
      } as never) as unknown as readonly { readonly state: { readonly value: unknown } }[]
      const reached = new Set(paths.map(({ state }) => stateIn(state.value)))
      const never = REGIONS[region].filter((state) => !reached.has(state))
      // What nobody knows comes by surprise alone, and out of it everything may come.
      expect(never).to.deep.equal(['unknown'])
    })
})
