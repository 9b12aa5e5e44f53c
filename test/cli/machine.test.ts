import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { REGIONS } from '../../domain/regions.ts'
import { checkDrawing, drawMachine } from '../../src/cli/drawMachine.ts'

describe('the drawing of the machine', () => {
  it('shows every state of every region', () => {
    for (const [region, states] of Object.entries(REGIONS)) {
      const section = drawMachine().split(`\n## ${region}\n`)[1]?.split('\n## ')[0] ?? ''
      for (const state of states) expect(section, `${region}.${state}`).to.match(new RegExp(`\\b${state}\\b`))
    }
  })

  it('is the one in the documents, and one that is not is told from it', () => {
    const written = readFileSync(new URL('../../docs/machine.md', import.meta.url), 'utf8')
    expect(checkDrawing(written)).to.equal(true)
    expect(checkDrawing(written.replace('none --> pending', 'none --> validated'))).to.equal(false)
  })
})
