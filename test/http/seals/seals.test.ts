import { expect } from 'chai'
import { pino } from 'pino'
import { OPEN_TO_ALL } from '../../../src/access/authentication.ts'
import { sealRoutes } from '../../../src/http/seals/seals.ts'
import type { SealedLog } from '../../../src/sealing/sealedLog.ts'
import { GrowingTree } from '../../../src/tlog/growingTree.ts'
import { HASH_BYTES } from '../../../src/tlog/hash.ts'
import { parseHashLines } from '../../../src/tlog/hashLines.ts'
import { parseVerifierKey } from '../../../src/tlog/keys.ts'
import { rootHash } from '../../../src/tlog/tree.ts'
import { verifyCheckpoint } from '../../../src/tlog/verifyCheckpoint.ts'
import { isConsistent } from '../../../src/tlog/verifyProof.ts'
import { newEvents } from '../../support/events/newEvents.ts'
import { writingLog } from '../../support/logs/logs.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { type Served, serve } from '../../support/pipeline/servedPipeline.ts'
import { right } from '../../support/right.ts'
import { newSealKey, newWitness, ORIGIN, sealing } from '../../support/seals/sealing.ts'
import { expectProblem, okText } from '../../support/service/answers.ts'

const SIZE = 600
const log = pino({ level: 'silent' })

describe('what monitors follow', () => {
  const key = newSealKey()
  const witness = newWitness('witness.example')
  let sealed: SealedLog
  let served: Served
  const ask = (path: string): Promise<Response> => fetch(served.url + path)
  const bytes = async (path: string): Promise<Buffer> => {
    const response = await ask(path)
    expect(response.status, path).to.equal(200)
    return Buffer.from(await response.arrayBuffer())
  }

  before(async () => {
    sealed = await writingLog(newDirectory(), async (store) => {
      right(await store.append('kyc-1', 'no-stream', newEvents(SIZE + 50))())
      const made = sealing(store, key, { witnesses: [witness] })
      await made.seal(SIZE)
      return made
    })
    served = await serve(sealRoutes({ sealed, sealEvery: 60, authentication: OPEN_TO_ALL, log }))
  })
  after(() => served.close())

  it('is a checkpoint, signed by the log and by its witnesses', async () => {
    const response = await ask('/checkpoint')
    expect(response.headers.get('content-type')).to.equal('text/plain; charset=utf-8')
    expect(response.headers.get('cache-control')).to.equal('private, no-cache')
    const keys = (await okText(await ask('/seals/keys'))).trimEnd().split('\n').map(parseVerifierKey).map(right)
    const { checkpoint, signed } = right(verifyCheckpoint(await okText(response), [...keys, witness.verifier]))
    expect([checkpoint.origin, checkpoint.size]).to.deep.equal([ORIGIN, SIZE])
    expect(signed.map(({ by }) => by.name)).to.deep.equal([ORIGIN, ORIGIN, 'witness.example'])
  })

  it('is the tiles of the tree that it was signed over', async () => {
    const [first, second, partial, above] = await Promise.all(
      ['0/000', '0/001', '0/002.p/88', '1/000.p/2'].map((path) => bytes(`/tile/${path}`)),
    )
    const rootOf = (...tiles: readonly (Buffer | undefined)[]): string => {
      const tree = new GrowingTree()
      const hashes = Buffer.concat(tiles.map((tile) => tile ?? Buffer.alloc(0)))
      for (let at = 0; at < hashes.length; at += HASH_BYTES) tree.add(hashes.subarray(at, at + HASH_BYTES))
      return tree.root().toString('hex')
    }
    expect(rootOf(first, second, partial)).to.equal(sealed.latest()?.root.toString('hex'))
    expect(above?.toString('hex')).to.equal(rootOf(first) + rootOf(second))
  })

  it('never changes, and is no tile that the checkpoint does not cover', async () => {
    const response = await ask('/tile/0/002.p/88')
    expect(response.headers.get('content-type')).to.equal('application/octet-stream')
    expect(response.headers.get('cache-control')).to.equal('private, max-age=31536000, immutable')
    await response.arrayBuffer()
    for (const path of [
      '0/002.p/89',
      '0/002',
      '1/000',
      '2/000.p/1',
      '0/003.p/1',
      '0/000.p/256',
      '0/000.p/0',
      '0/0',
      '00/000',
      '64/000',
      '0/000/',
      '0/000.p/01',
      '0/x000/000',
      '0/%30%30%30',
      'entries/000',
      'entries/000.p/1',
      '-1/000',
    ]) {
      await expectProblem(await ask(`/tile/${path}`), 404, 'unknown-path')
    }
    expect(await bytes('/tile/0/000.p/7')).to.deep.equal((await bytes('/tile/0/000')).subarray(0, 7 * HASH_BYTES))
  })

  it('is a proof that one tree begins with another', async () => {
    const { subtree } = sealed.tree
    for (const [from, to] of [
      [0, SIZE],
      [1, 2],
      [5, 257],
      [256, 512],
      [333, SIZE],
      [SIZE, SIZE],
    ] as const) {
      const text = await okText(await ask(`/seals/consistency?from=${from}&to=${to}`))
      const proof = right(parseHashLines(text === '' ? [] : text.trimEnd().split('\n')))
      const head = (size: number) => ({ size, root: rootHash(size, subtree) })
      expect(isConsistent(head(from), head(to), proof), `${from} ${to}`).to.equal(true)
    }
    for (const query of [
      '',
      '?from=1',
      '?from=2&to=1',
      `?from=1&to=${SIZE + 1}`,
      '?from=-1&to=2',
      '?from=1&to=2&x=1',
    ]) {
      await expectProblem(await ask(`/seals/consistency${query}`), 400, 'bad-parameter')
    }
  })

  it('is nothing that does not lead to the signed root', async () => {
    const wrong: SealedLog = {
      ...sealed,
      tree: {
        ...sealed.tree,
        tile: (tile) => {
          const hashes = Buffer.from(sealed.tree.tile(tile) ?? '')
          hashes[0] = (hashes[0] ?? 0) ^ 1
          return hashes
        },
        subtree: (height, index) => sealed.tree.subtree(height, index ^ 1),
      },
    }
    const damaged = await serve(sealRoutes({ sealed: wrong, sealEvery: 60, authentication: OPEN_TO_ALL, log }))
    for (const path of ['/tile/0/000', '/tile/1/000.p/1', '/seals/consistency?from=3&to=10']) {
      const response = await fetch(damaged.url + path)
      expect(response.headers.get('retry-after')).to.equal('60')
      await expectProblem(response, 503, 'tree-differs')
    }
    damaged.close()
  })

  it('is not there yet before the first checkpoint', async () => {
    const none = await serve(
      sealRoutes({ sealed: { ...sealed, latest: () => null }, sealEvery: 7, authentication: OPEN_TO_ALL, log }),
    )
    for (const path of ['/checkpoint', '/seals/consistency?from=0&to=1']) {
      const response = await fetch(none.url + path)
      expect(response.headers.get('retry-after')).to.equal('7')
      await expectProblem(response, 503, 'not-sealed')
    }
    await expectProblem(await fetch(`${none.url}/tile/0/000`), 404, 'unknown-path')
    none.close()
    const without = { ...sealed, latest: () => null, keys: () => [] }
    const idle = await serve(sealRoutes({ sealed: without, sealEvery: 7, authentication: OPEN_TO_ALL, log }))
    expect(await okText(await fetch(`${idle.url}/seals/keys`))).to.equal('')
    expect(await expectProblem(await fetch(`${idle.url}/checkpoint`), 503, 'not-sealed')).to.include(
      'this node makes none',
    )
    idle.close()
  })
})
