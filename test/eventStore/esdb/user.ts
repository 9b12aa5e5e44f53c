import { randomBytes } from 'node:crypto'
import { ANY, EventStoreDBClient, jsonEvent } from '@eventstore/db-client'
import { UsersClient } from '@eventstore/db-client/generated/users_grpc_pb.js'
import usersPb from '@eventstore/db-client/generated/users_pb.js'
import type { ServerWithRights } from './rights.ts'

const ADMINS = '$admins'

/** Members of the client that are not public: it offers no call to make users. */
interface Inner {
  readonly getGRPCClient: (kind: typeof UsersClient, name: string) => Promise<UsersClient>
  readonly callArguments: (base: object, options: { readonly deadline: number }) => Parameters<UsersClient['create']>
}

const createUser = async (admin: EventStoreDBClient, name: string, password: string): Promise<void> => {
  const inner = admin as unknown as Inner
  const users = await inner.getGRPCClient(UsersClient, 'create')
  const options = new usersPb.CreateReq.Options().setLoginName(name).setFullName('of a test').setPassword(password)
  const [metadata, call] = inner.callArguments({}, { deadline: Number.POSITIVE_INFINITY }) as unknown as [never, never]
  await new Promise<void>((resolve, reject) => {
    users.create(new usersPb.CreateReq().setOptions(options), metadata, call, (error) =>
      error === null ? resolve() : reject(error),
    )
  })
}

/** How rights are set on a real server: by the defaults of `$settings`, as docs/operations.md says. */
export const serviceUser = async (
  adminUrl: string,
): Promise<ServerWithRights & { readonly dispose: () => Promise<void> }> => {
  const admin = EventStoreDBClient.connectionString(adminUrl)
  const name = `service${randomBytes(4).toString('hex')}`
  const password = randomBytes(8).toString('hex')
  await createUser(admin, name, password)

  const defaults = async (readers: readonly string[], writers: readonly string[]): Promise<void> => {
    const others = { $d: ADMINS, $mr: ADMINS, $mw: ADMINS }
    const data = {
      $userStreamAcl: { $r: [...readers], $w: [...writers], ...others },
      $systemStreamAcl: { $r: ADMINS, $w: ADMINS, ...others },
    }
    await admin.appendToStream('$settings', jsonEvent({ type: 'update-default-acl', data }), { expectedRevision: ANY })
  }
  const both = [name, ADMINS]
  let [readers, writers] = [both, both]
  const restore = async (): Promise<void> => {
    readers = both
    writers = both
    await defaults(readers, writers)
  }
  await admin.setStreamMetadata('$all', { acl: { readRoles: both } })
  await restore()
  const closed = new Map<string, { readRoles: string[]; writeRoles: string[] }>()
  return {
    connectionString: adminUrl.replace(/\/\/[^@]*@/, `//${name}:${password}@`),
    withdraw: async (right, stream) => {
      if (stream === undefined) {
        if (right === 'read') readers = [ADMINS]
        else writers = [ADMINS]
        return defaults(readers, writers)
      }
      const acl = closed.get(stream) ?? { readRoles: both, writeRoles: both }
      const changed = { ...acl, ...(right === 'read' ? { readRoles: [ADMINS] } : { writeRoles: [ADMINS] }) }
      closed.set(stream, changed)
      await admin.setStreamMetadata(stream, { acl: changed })
    },
    restore,
    dispose: async () => {
      await admin.dispose()
    },
  }
}
