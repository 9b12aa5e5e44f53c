import { setTimeout as sleep } from 'node:timers/promises'
import { untilTrue } from '../../support/patience.ts'
import { type ServerProcess, serverProcess, untilWritable } from './server.ts'

/** A real, insecure cluster of three that a test starts and whose leader it strikes. */
export interface Cluster {
  /** Starts every node and waits until the cluster takes appends. */
  readonly start: () => Promise<void>
  /** Resolves when the leader has all the others behind it: one more may then fail. */
  readonly complete: () => Promise<void>
  /** Strikes the leader, waits for another one, mends the struck node 15 s after the strike, and says when (epoch ms). */
  readonly befall: (fault: LeaderFault) => Promise<{ readonly struck: number; readonly elected: number }>
  /** Scavenges every node and has it merge its index, all at the same time; resolves once they are through, and says how long that took. */
  readonly tidy: () => Promise<number>
  readonly end: () => Promise<void>
}

const MENDED_AFTER_MS = 15_000
const TRIED_MS = 60_000

export const LEADER_FAULTS = ['is killed', 'is terminated', 'stands still for 15 s', 'resigns'] as const
export type LeaderFault = (typeof LEADER_FAULTS)[number]

/** Has a node do something of its administration; throws unless it says that it does. */
const administer = async (node: string, what: string): Promise<string> => {
  const headers = { accept: 'application/json', 'content-length': '0' }
  const response = await fetch(`http://${node}/admin/${what}`, { method: 'POST', headers })
  const text = await response.text()
  if (!response.ok) throw new Error(`${node} answers ${what} with ${response.status}: ${text}`)
  return text
}

const strike = async (server: ServerProcess, node: string, fault: LeaderFault): Promise<void> => {
  if (fault === 'stands still for 15 s') server.freeze()
  else if (fault === 'resigns') await administer(node, 'node/resign')
  else await server.end(fault === 'is killed' ? 'SIGKILL' : 'SIGTERM')
}

/** How a node's last scavenge ended, as it says itself; `null` while it runs. */
const scavenged = async (node: string, id: string): Promise<string | null> => {
  const headers = { accept: 'application/json' }
  const current = await fetch(`http://${node}/admin/scavenge/current`, { headers })
  return (await current.text()).includes(id) ? null : 'ended'
}

interface Member {
  readonly state: string
  readonly isAlive: boolean
  readonly httpEndPointIp: string
  readonly httpEndPointPort: number
}

/** What one node says of the cluster; nothing when it does not answer. */
const gossipOf = async (node: string): Promise<readonly Member[]> => {
  const headers = { accept: 'application/json' }
  const answer = await fetch(`http://${node}/gossip`, { headers, signal: AbortSignal.timeout(500) }).catch(() => null)
  return answer?.ok ? ((await answer.json()) as { readonly members: readonly Member[] }).members : []
}

/** `command` starts node `{n}`; the connection string names the nodes in the order of their numbers. */
export const openCluster = (command: string, connectionString: string): Cluster => {
  const nodes = (connectionString.split('//')[1] ?? '').split('?')[0]?.split(',') ?? []
  const servers = nodes.map((_, index) => serverProcess(command.replaceAll('{n}', String(index + 1))))

  /** The place of the leader in `nodes`, as the first node to answer sees it, once it is another one than `former`. */
  const leaderOtherThan = async (former: number | null): Promise<number> => {
    for (const until = performance.now() + TRIED_MS; performance.now() < until; await sleep(50)) {
      for (const [index, node] of nodes.entries()) {
        if (index === former) continue
        const members = await gossipOf(node)
        const leader = members.find(({ state, isAlive }) => state === 'Leader' && isAlive)
        const place = nodes.indexOf(`${leader?.httpEndPointIp}:${leader?.httpEndPointPort}`)
        if (place >= 0 && place !== former) return place
      }
    }
    throw new Error('the cluster has no leader')
  }

  return {
    start: async () => {
      for (const server of servers) server.start()
      await untilWritable(connectionString, 100_000)
    },
    complete: async () => {
      for (const until = performance.now() + TRIED_MS; performance.now() < until; await sleep(100)) {
        const states = (await gossipOf(nodes[await leaderOtherThan(null)] ?? '')).map(({ state }) => state)
        if (states.toSorted().join() === 'Follower,Follower,Leader') return untilWritable(connectionString)
      }
      throw new Error('the cluster is not complete')
    },
    befall: async (fault) => {
      const leader = await leaderOtherThan(null)
      const server = servers[leader] as ServerProcess
      const struck = Date.now()
      await strike(server, nodes[leader] ?? '', fault)
      await leaderOtherThan(leader)
      const elected = Date.now()
      await sleep(Math.max(0, MENDED_AFTER_MS - (elected - struck)))
      if (fault === 'stands still for 15 s') server.thaw()
      else if (fault !== 'resigns') server.start()
      return { struck, elected }
    },
    tidy: async () => {
      const begun = performance.now()
      await Promise.all(
        nodes.map(async (node) => {
          await administer(node, 'mergeindexes')
          const { scavengeId } = JSON.parse(await administer(node, 'scavenge')) as { readonly scavengeId: string }
          await administer(node, 'mergeindexes')
          await untilTrue(`${node} is scavenged`, async () => (await scavenged(node, scavengeId)) !== null)
        }),
      )
      return performance.now() - begun
    },
    end: async () => {
      await Promise.all(servers.map((server) => server.end('SIGKILL')))
    },
  }
}
