import { newUser, request, signed } from '../support/webhooks/webhookBuilders.ts'
import { userAt } from './prepared.ts'
import { type Asked, again, SHOP, stepsOf, told } from './steps.ts'

/** Asks what can be asked of a log of so many users, and says what each cost. */
export const askAboutMany = async (many: Asked): Promise<void> => {
  const { count, say } = many
  const known = String(userAt(Math.floor(count / 2)))
  const { service, step, restart } = await stepsOf(many, () => known)
  const get = (path: string) => async (): Promise<string> => told(await service().get(path, SHOP))
  const deliver = (user: string) => async (): Promise<string> => {
    const response = await service().post(signed(request(user)))
    const { outcome, events } = (await response.json()) as {
      readonly outcome: string
      readonly events: readonly { readonly revision: number; readonly position: string }[]
    }
    const at = performance.now()
    await again(async () => {
      const read = await service().get(`/users/${user}/kyc?minPosition=${events[0]?.position}`, SHOP)
      await read.arrayBuffer()
      return read.status === 200 ? true : null
    })
    return `${outcome} at ${events[0]?.revision}, in the read model ${(performance.now() - at).toFixed(0)} ms later`
  }
  const pages = async (): Promise<string> => {
    let next: string | null = '/users?limit=1000'
    let [users, asked] = [0, 0]
    while (next !== null) {
      const response = await service().get(next, SHOP)
      if (response.status !== 200) return told(response)
      const page = (await response.json()) as { readonly users: readonly unknown[]; readonly next: string | null }
      users += page.users.length
      asked += 1
      next = page.next
    }
    return `${users.toLocaleString('en-US')} users in ${asked} pages`
  }
  await step('a new user', deliver(newUser()))
  await step('a known user', deliver(known))
  await step('status', get(`/users/${known}/kyc`))
  await step('list, first page', get('/users?limit=1000'))
  await step('list by status', get('/users?status=pending&limit=1000'))
  await step('list, all pages', pages)
  await step('page of the list', get('/users'))
  await restart()
  await step('restart: a known user', deliver(known === '' ? '' : String(userAt(1))))
  say(`stopped with ${(await service().stop()).code}`)
}
