import { expect } from 'chai'
import fc from 'fast-check'
import { createActor } from 'xstate'
import { isSuccess, REGION_NAMES, REGIONS, type Region, type State } from '../../../domain/regions.ts'
import { type StateReported, userMachine } from '../../../domain/state/machine.ts'
import { expectedFrom, interpretStep, type Step, step } from '../../../domain/state/transitionTable.ts'

interface Pair {
  readonly region: Region
  readonly from: State
  readonly to: State
  readonly echo: boolean
}

const PAIRS: readonly Pair[] = REGION_NAMES.flatMap((region) =>
  REGIONS[region].flatMap((from) =>
    REGIONS[region].flatMap((to) => [false, true].map((echo) => ({ region, from, to, echo }))),
  ),
)

const ask = ({ region, from, to, echo }: Pair): Step => step(region, from as never, to as never, echo)
const named = ({ region, from, to, echo }: Pair): string => `${region}: ${from} -> ${to}${echo ? ' (echo)' : ''}`

/** Moves that Treezor's guides describe, or that follow from them: `from > to, to`. */
const DESCRIBED: Readonly<Record<string, readonly string[]>> = {
  legacy: [
    'none > pending',
    'pending > validated, refused',
    'validated > pending, reviewOpen',
    'reviewOpen > reviewPending, validated, refused',
    'reviewPending > validated, refused',
    'refused > pending',
  ],
  lifecycle: ['none > pending', 'pending > validated, refused', 'validated > pending', 'refused > pending'],
  documents: ['none > pending', 'pending > validated, canceled', 'validated > canceled'],
  liveness: ['none > processing', 'processing > passed, failed, inconclusive, aborted, expired'],
  qes: [
    'none > started',
    'started > checking, succeeded, aborted, canceled',
    'checking > fraudSuspected, succeeded, aborted, canceled',
    'fraudSuspected > succeeded, canceled, fraudConfirmed',
  ],
}

const ODD: Readonly<Record<string, readonly string[]>> = {
  legacy: [
    'none > validated, refused, reviewClosed',
    'refused > validated, reviewPending',
    'validated > refused, none, unknown',
  ],
  lifecycle: ['none > validated, refused', 'refused > validated', 'validated > refused, none, unknown'],
  documents: ['none > validated, canceled', 'canceled > pending, validated', 'validated > pending'],
  liveness: ['none > passed, failed', 'failed > passed', 'passed > processing, failed', 'aborted > passed'],
  qes: [
    'none > succeeded, canceled',
    'aborted > succeeded',
    'canceled > started, succeeded',
    'fraudConfirmed > succeeded',
  ],
}

const moves = (table: Readonly<Record<string, readonly string[]>>): readonly Pair[] =>
  Object.entries({ ...table, videoConference: table['qes'] ?? [] }).flatMap(([region, lines]) =>
    lines.flatMap((line) => {
      const [from = '', targets = ''] = line.split(' > ')
      return targets
        .split(', ')
        .map((to) => ({ region: region as Region, from: from as State, to: to as State, echo: false }))
    }),
  )

describe("a user's machine", () => {
  it('has the six regions, each at none to begin with', () => {
    expect(createActor(userMachine).start().getSnapshot().value).to.deep.equal({
      legacy: 'none',
      lifecycle: 'none',
      documents: 'none',
      liveness: 'none',
      qes: 'none',
      videoConference: 'none',
    })
  })

  it('follows whatever is reported, unless an echo reports a success: then it stays where it is', () => {
    for (const pair of PAIRS) {
      const { from, to, echo } = pair
      expect(ask(pair).target, named(pair)).to.equal(echo && isSuccess(to) ? from : to)
    }
  })

  it('never enters a success by an echo', () => {
    const entered = PAIRS.filter(
      (pair) => pair.echo && pair.from !== pair.to && isSuccess(ask(pair).target) && !isSuccess(pair.from),
    )
    expect(entered).to.deep.equal([])
    expect(PAIRS.filter(({ to }) => isSuccess(to)).map(({ to }) => to)).to.include.members([
      'validated',
      'passed',
      'succeeded',
    ])
  })

  it('says nothing where the state it is in is reported again', () => {
    for (const pair of PAIRS.filter(({ from, to }) => from === to)) expect(ask(pair).action, named(pair)).to.equal(null)
  })

  it('says nothing of the moves that are described', () => {
    for (const pair of moves(DESCRIBED)) expect(ask(pair), named(pair)).to.deep.equal({ target: pair.to, action: null })
  })

  it('says nothing of any move out of unknown', () => {
    for (const pair of PAIRS.filter(({ from, echo }) => from === 'unknown' && !echo)) {
      expect(ask(pair).action, named(pair)).to.equal(null)
    }
  })

  it('leaves word of an odd move, and takes it', () => {
    for (const pair of moves(ODD))
      expect(ask(pair), named(pair)).to.deep.equal({ target: pair.to, action: 'unexpected' })
  })

  it('leaves word of a move exactly where it does not list it as expected', () => {
    for (const pair of PAIRS.filter(({ from, to, echo }) => from !== to && !echo)) {
      const expected = expectedFrom(pair.region, pair.from as never).includes(pair.to)
      expect(ask(pair).action, named(pair)).to.equal(expected ? null : 'unexpected')
    }
  })

  it('leaves word of an echo that changes a state, or would have', () => {
    for (const pair of PAIRS.filter(({ from, to, echo }) => from !== to && echo)) {
      expect(ask(pair).action, named(pair)).to.equal('echo')
    }
  })

  it('goes on from validated and refused: they are not final', () => {
    for (const region of ['legacy', 'lifecycle'] as const) {
      for (const from of ['validated', 'refused'] as const)
        expect(step(region, from, 'pending', false).action).to.equal(null)
    }
  })
})

describe('the transition table', () => {
  it('says of every pair what the machine says, the first time and the second', () => {
    for (const pair of PAIRS) {
      const asked = interpretStep(pair.region, pair.from as never, pair.to as never, pair.echo)
      expect(ask(pair), named(pair)).to.deep.equal(asked)
      expect(ask(pair), named(pair)).to.deep.equal(asked)
    }
  })

  it('leads where a running actor goes, and leaves what its actions leave', () => {
    const reports = fc.constantFrom(...PAIRS).map(({ region, to, echo }) => ({ region, to, echo }))
    fc.assert(
      fc.property(fc.array(reports, { maxLength: 60 }), (history) => {
        const left: string[] = []
        const actor = createActor(
          userMachine.provide({
            actions: { unexpected: () => left.push('unexpected'), echo: () => left.push('echo') },
          }),
        ).start()
        const states = new Map<Region, State>(REGION_NAMES.map((region) => [region, 'none']))
        const expected: string[] = []
        for (const { region, to, echo } of history) {
          const { target, action } = ask({ region, from: states.get(region) ?? 'none', to, echo })
          states.set(region, target)
          if (action !== null) expected.push(action)
          actor.send({ type: `${region}.${to}`, echo } as StateReported)
          expect(actor.getSnapshot().value).to.deep.equal(Object.fromEntries(states))
        }
        expect(left).to.deep.equal(expected)
      }),
    )
  })
})
