import { expect } from 'chai'
import { evidenceFile, type FileContents } from '../../../src/evidence/file/evidenceFile.ts'
import { longText } from '../../../src/evidence/file/longText.ts'
import type { TreeReader } from '../../../src/tree/treeReader.ts'

const MIB = 1024 * 1024
const PIECES = 16

const NOTHING: readonly Uint8Array[] = []

/** What stands in the file of somebody with so long a timeline. */
const contents = (timeline: readonly Uint8Array[]): FileContents => ({
  checkpoint: { signed: 'signed\n', cosignatures: '', timeStamp: null } as FileContents['checkpoint'],
  told: {
    'README.txt': NOTHING,
    'keys.txt': NOTHING,
    'status.json': NOTHING,
    'timeline.html': timeline,
    'timeline.csv': NOTHING,
  },
  events: (async function* () {})(),
  time: 0,
})

describe('an evidence file', () => {
  it('lets others have their turns while a long timeline is hashed, and while it is given', async () => {
    let turns = 0
    let next = setImmediate(function turn() {
      turns += 1
      next = setImmediate(turn)
    })
    const timeline = Array.from({ length: PIECES }, () => Buffer.alloc(MIB, 'x'))
    let [bytes, hashed] = [0, 0]
    for await (const piece of evidenceFile(contents(timeline), {} as TreeReader)) {
      if (piece === timeline[0]) hashed = turns
      bytes += piece.length
    }
    clearImmediate(next)
    expect(bytes).to.be.greaterThan(PIECES * MIB)
    expect(hashed).to.be.at.least(PIECES - 1)
    expect(turns - hashed).to.be.at.least(PIECES - 1)
  })
})

describe('a long text', () => {
  it('is all that was added, in few pieces', () => {
    const text = longText()
    const entries = Array.from({ length: 20_000 }, (_, index) => `entry ${index}: é€😀\n`)
    for (const entry of entries) text.add(entry)
    const pieces = text.pieces()
    expect(Buffer.concat(pieces).toString()).to.equal(entries.join(''))
    expect(pieces).to.have.length.of.at.most(8)
  })

  it('is one piece where it is short, and none where it is empty', () => {
    const text = longText()
    text.add('short')
    expect(text.pieces().map(String)).to.deep.equal(['short'])
    expect(longText().pieces()).to.deep.equal([])
  })
})
