import { join } from 'node:path'
import { atLeast, atMost, byItself, figure, type Measurement, NO_TARGET, noted } from './measurement.ts'
import { largeLog, sharedLog } from './preparedLog.ts'
import { newDirectory, removeDirectory, runScript } from './processes.ts'
import { interleave, type Round, type Side } from './rounds.ts'
import type { TreeRun, TreeRunResult } from './treeRun.ts'

const SCRIPT = new URL('./treeRun.ts', import.meta.url)

export const tree: Measurement = {
  name: 'tree',
  run: async ({ quick, rounds }) => {
    const log = largeLog(quick)
    const events = log.users * log.eventsEach
    const directory = await sharedLog(log)
    const trees = newDirectory()
    const made = join(trees, 'made')
    const run = (how: TreeRun['how'], at: string): Promise<TreeRunResult> => {
      const job: TreeRun = { ...log, how, events: directory, tree: at, count: quick ? 2000 : 20_000 }
      return runScript<TreeRunResult>(SCRIPT, job)
    }
    const through = async (how: 'tree' | 'hash', round: number): Promise<Side> => {
      const at = join(trees, String(round))
      const { seconds, cpu, mib } = await run(how, at)
      removeDirectory(at)
      return { value: events / seconds, notes: { perCpu: events / cpu, mib } }
    }
    const each = async (how: 'proofs' | 'tiles'): Promise<Side> => {
      const { seconds, p50, p99, max } = await run(how, made)
      return { value: (quick ? 2000 : 20_000) / seconds, notes: { p50, p99, max } }
    }
    const mib = (all: readonly Side[]): string => noted(all, 'mib').toFixed(0)
    const sides = (
      all: readonly { readonly tree: Side; readonly hash: Side }[],
      value: (side: Side) => number,
    ): readonly Round[] =>
      all.map((result) => ({ product: { value: value(result.tree) }, against: { value: value(result.hash) } }))
    const p99 = ({ notes }: Side): Side => ({ value: notes?.['p99'] ?? Number.NaN })
    try {
      // Brings the log into the page cache.
      await run('hash', made)
      await run('tree', made)
      const rebuilt = await interleave(rounds, {
        tree: (round) => through('tree', round),
        hash: (round) => through('hash', round),
      })
      const proved = await interleave(rounds, { proofs: () => each('proofs'), tiles: () => each('tiles') })
      const proofsAndTiles = proved.map(({ proofs, tiles }) => ({ product: proofs, against: tiles }))
      const of = events.toLocaleString('en-US')
      return [
        figure(
          {
            what: `tree of ${of} events from nothing, saved`,
            against: 'scan of the log and hash of each record',
            unit: '/s',
          },
          sides(rebuilt, ({ value }) => value),
          atLeast(0.8),
          [
            `resident at its end: ${mib(rebuilt.map((result) => result.tree))} MiB, against ${mib(rebuilt.map((result) => result.hash))} MiB`,
          ],
        ),
        figure(
          {
            what: 'the same, by a second of a processor',
            against: 'scan of the log and hash of each record',
            unit: '/s',
          },
          sides(rebuilt, ({ notes }) => notes?.['perCpu'] ?? Number.NaN),
          NO_TARGET,
          [
            'the limit: what is missing above is waited for, with four thousand files to be made on a disk that others sync',
          ],
        ),
        byItself(
          { what: `inclusion proof out of ${of} events`, against: 'a tile read and worked out', unit: '/s' },
          proofsAndTiles,
          { ...atLeast(2000), text: '>= 2,000 /s' },
          ['in-process, events at random: the leaf made, found by its position, proved, the proof checked'],
        ),
        byItself(
          { what: 'inclusion proof, p99', against: 'a tile read and worked out', unit: 'ms' },
          proofsAndTiles.map(({ product, against }) => ({ product: p99(product), against: p99(against) })),
          { ...atMost(5), text: '<= 5 ms' },
          [
            `the slowest of a round: ${noted(
              proved.map(({ proofs }) => proofs),
              'max',
            ).toFixed(1)} ms`,
          ],
        ),
      ]
    } finally {
      removeDirectory(trees)
    }
  },
}
