import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import { isSuccess, REGION_NAMES, REGIONS } from '../../domain/regions.ts'
import { expectedFrom } from '../../domain/state/transitionTable.ts'
import { drawings, staleDrawings } from '../../src/cli/drawings.ts'
import { drawMachine } from '../../src/cli/drawMachine.ts'

const written = (file: string): string | null => {
  const path = new URL(`../../${file}`, import.meta.url)
  return existsSync(path) ? readFileSync(path, 'utf8') : null
}

describe('the drawing of the machine', () => {
  it('shows every state of every region', () => {
    for (const [region, states] of Object.entries(REGIONS)) {
      const section = drawMachine().split(`\n## ${region}\n`)[1]?.split('\n## ')[0] ?? ''
      for (const state of states) expect(section, `${region}.${state}`).to.match(new RegExp(`\\b${state}\\b`))
    }
  })

  it('is the one in the documents and beside the page, and one that is not is told from it', async () => {
    expect(await staleDrawings(written)).to.deep.equal([])
    const changed = (file: string): string | null =>
      file === 'docs/machine.md' ? (written(file)?.replace('none --> pending', 'none --> validated') ?? null) : null
    expect(await staleDrawings(changed)).to.have.length(1 + REGION_NAMES.length)
  })

  it('holds of each region every state once, and a line for each move, expected or not', async () => {
    const drawn = await drawings()
    for (const region of REGION_NAMES) {
      const svg = drawn.get(`src/http/page/user/statecharts/${region}.svg`) ?? ''
      const states = [...svg.matchAll(/<g class="state( success)?" data-state="(\w+)">/g)]
      expect(states.map(([, , state]) => state).sort()).to.deep.equal([...REGIONS[region]].sort())
      for (const [, success, state] of states) expect(success !== undefined).to.equal(isSuccess(state as never))
      const moves = [...svg.matchAll(/<path class="move( other)?" data-from="(\w+)" data-to="(\w+)"/g)]
      const count = REGIONS[region].length
      expect(new Set(moves.map(([, , from, to]) => `${from} ${to}`)).size).to.equal(count * (count - 1))
      for (const [, other, from, to] of moves) {
        const expected = from !== 'unknown' && expectedFrom(region, from as never).includes(to ?? '')
        expect(other === undefined, `${region}: ${from} -> ${to}`).to.equal(expected)
      }
    }
  })

  it('carries no style of its own: the policy of the page would refuse it', async () => {
    for (const [file, text] of await drawings()) {
      if (file.endsWith('.svg')) expect(text).to.not.match(/style|<script|\son\w+=/i)
    }
  })
})
