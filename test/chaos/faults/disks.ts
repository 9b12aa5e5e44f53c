import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { untilTrue } from '../../support/patience.ts'
import { Violation } from '../load.ts'
import { counted, readinessOf, type Scene, serviceOf, untilNotReady } from '../scene.ts'
import { always, type Fault, ofEmbedded } from './fault.ts'

const hasPrlimit = (): string | null => {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' })
    return null
  } catch {
    return 'needs prlimit (Linux)'
  }
}

const limit = (pid: number, what: string): void => {
  execFileSync('prlimit', ['--pid', String(pid), what], { stdio: 'ignore' })
}

/** No file of the process grows any more, as on a full disk. */
const cannotGrow: Fault = {
  name: 'no-file-grows',
  skip: (scene) => ofEmbedded(scene) ?? hasPrlimit(),
  happen: async (scene) => {
    const service = serviceOf(scene)
    limit(service.pid, `--fsize=${statSync(join(scene.directory, 'events.db-wal')).size}:unlimited`)
    await sleep(500 + scene.dice.below(1500))
    counted(scene, `no-file-grows: ${(await readinessOf(service)).code}`)
    if (scene.dice.once(3)) {
      await service.kill()
      scene.ended()
      await scene.start()
    } else limit(service.pid, '--fsize=unlimited:unlimited')
  },
}

const FILLER = 'filler'

/** Writes until there is no room, but for as many bytes. */
const fill = (directory: string, spare: number): void => {
  const file = openSync(join(directory, FILLER), 'w')
  const block = Buffer.alloc(4096)
  try {
    for (;;) {
      const { bavail, bsize } = statfsSync(directory)
      if (bavail * bsize <= spare) return
      writeSync(file, bavail * bsize > spare + 4_000_000 ? Buffer.alloc(1_000_000) : block)
    }
  } catch {
    // There is no room.
  } finally {
    closeSync(file)
  }
}

/** The disk is full; now and then it is killed, and started again while there is still no room. */
const full: Fault = {
  name: 'full-disk',
  skip: ({ ownDisk }) => (ownDisk ? null : 'needs a file system of its own: root, and mount'),
  happen: async (scene) => {
    fill(scene.directory, scene.dice.pick([0, 0, 8192, 65_536]))
    await untilTrue('it cannot write', async () => {
      const { code } = await readinessOf(serviceOf(scene))
      return code !== 200
    })
    if (scene.dice.once(2)) {
      await serviceOf(scene).kill()
      scene.ended()
      const starting = scene.spawn()
      const ended = await Promise.race([starting.exited, sleep(3000, null)])
      counted(
        scene,
        ended === null ? 'full-disk: it starts all the same' : `full-disk: a start ends with ${ended.code}`,
      )
      if (ended !== null && ended.code !== 1) throw new Violation(`a start on a full disk ended with ${ended.code}`)
      starting.signal('SIGKILL')
      await starting.exited
      rmSync(join(scene.directory, FILLER))
      await scene.start()
    } else rmSync(join(scene.directory, FILLER))
  },
}

/** Nothing can be written any more, or, where that is not to be had while files are open, not at a start. */
const readOnly: Fault = {
  name: 'read-only-disk',
  skip: ({ ownDisk }) => (ownDisk ? null : 'needs a file system of its own: root, and mount'),
  happen: async (scene) => {
    const remount = (mode: 'ro' | 'rw'): void => {
      execFileSync('mount', ['-o', `remount,${mode}`, scene.directory], { stdio: 'ignore' })
    }
    await serviceOf(scene).kill()
    scene.ended()
    remount('ro')
    try {
      const { code } = await scene.spawn().exited
      if (code !== 1) throw new Violation(`a start on a read-only disk ended with ${code}`)
    } finally {
      remount('rw')
    }
    await scene.start()
  },
}

/** What the service cannot do without: while it is gone nothing is acknowledged, and it goes on once it is back. */
const NEEDED = ['events.db', 'events.db-wal', 'journal.db'] as const

const takenAway: Fault = {
  name: 'file-taken-away',
  skip: ofEmbedded,
  happen: async (scene) => {
    const name = scene.dice.pick(NEEDED)
    const file = join(scene.directory, name)
    renameSync(file, `${file}.aside`)
    await untilNotReady(serviceOf(scene), `${name} was taken away`)
    counted(scene, `taken away: ${name}`)
    await sleep(scene.dice.below(1000))
    renameSync(`${file}.aside`, file)
  },
}

/** What is made anew from the log, or was not promised to be kept, is removed while no service runs. */
const LOSABLE = [/^read-model/, /^tree$/, /^sealed$/, /-lock$/, /^journal\.db/, /-shm$/, /^backups\.json$/]

const removed: Fault = {
  name: 'files-removed',
  skip: always,
  happen: async (scene) => {
    const service = serviceOf(scene)
    if (scene.dice.once(2)) await service.kill()
    else await service.stop()
    scene.ended()
    const which = scene.dice.pick(LOSABLE)
    for (const name of readdirSync(scene.directory)) {
      if (!which.test(name)) continue
      rmSync(join(scene.directory, name), { recursive: true, force: true })
      counted(scene, `removed: ${name.replace(/-[0-9a-z]{8}/, '')}`)
      if (name === 'journal.db') scene.journalLost()
    }
    await scene.start()
  },
}

/** The newest events of the log are moved away: the start is refused, and all is there once they are back. */
const walMoved: Fault = {
  name: 'wal-moved',
  skip: ofEmbedded,
  happen: async (scene) => {
    scene.quiet = true
    const service = serviceOf(scene)
    const last = scene.sent
      .flatMap(({ acknowledged }) => (acknowledged ?? []).map(({ position }) => position))
      .sort()
      .at(-1)
    const user = scene.users[0] ?? ''
    await untilTrue('the read model has come to the end', async () => {
      const response = await fetch(`${service.url}/users/${user}/kyc?minPosition=${last ?? ''}`)
      await response.arrayBuffer()
      return response.status !== 503
    })
    // What came in after that may be in the log alone.
    await sleep(500)
    await service.kill()
    scene.ended()
    const wal = join(scene.directory, 'events.db-wal')
    if (existsSync(wal) && statSync(wal).size > 0) {
      renameSync(wal, `${wal}.aside`)
      const starting = scene.spawn()
      let ended = false
      void starting.exited.then(() => {
        ended = true
      })
      await untilTrue('it ends, or listens', () => ended || starting.stdout().includes('"url"'))
      if (!ended) throw new Violation('a log without its newest events is served')
      const { code } = await starting.exited
      if (code !== 1) throw new Violation(`a start on a log without its newest events ended with ${code}`)
      renameSync(`${wal}.aside`, wal)
    }
    await scene.start()
    scene.quiet = false
  },
}

/** Somebody else's transaction holds a file. */
const locked: Fault = {
  name: 'locked-file',
  skip: ofEmbedded,
  happen: async (scene: Scene) => {
    const name = scene.dice.pick(['events.db', 'journal.db', 'read-model.db'])
    const file = join(scene.directory, name)
    if (!existsSync(file)) return
    const db = new Database(file, { timeout: 10_000 })
    try {
      db.exec('BEGIN IMMEDIATE')
      counted(scene, `locked: ${name}`)
      await sleep(500 + scene.dice.below(7000))
      db.exec('ROLLBACK')
    } finally {
      db.close()
    }
  },
}

export const DISKS: readonly Fault[] = [cannotGrow, full, readOnly, takenAway, removed, walMoved, locked]
