import { DOCUMENT_KEYS } from './document.ts'
import { type Family, familyOfName } from './family.ts'
import { IDENTIFICATION_KEYS } from './identification.ts'
import { KYC_KEYS, KYC_SHARED_KEYS } from './kyc.ts'
import { LIVENESS_KEYS } from './liveness.ts'
import { USER_KEYS } from './user.ts'

/** The shapes that a signed payload is recognised by. */
type Shape = 'users' | 'documents' | 'kyc' | 'liveness' | 'identification'

/** By their index here keys are counted. */
const OWNED_BY = {
  kyc: KYC_KEYS,
  kycShared: KYC_SHARED_KEYS,
  liveness: LIVENESS_KEYS,
  identification: IDENTIFICATION_KEYS,
  document: DOCUMENT_KEYS,
  user: USER_KEYS,
}

const OWNERS: ReadonlyMap<string, number> = new Map(
  Object.values(OWNED_BY).flatMap((owned, owner) => owned.map((key) => [key, owner] as const)),
)

const isContainer = (value: unknown): boolean => typeof value === 'object' && value !== null

/**
 * The shape of a payload; `null` for one that is not known, and for one that has the keys of several: which of them it is
 * nobody can tell. An object is recognised by two of its own keys, so that no single missing field hides what it is; the
 * KYC object by at least one that is not shared by many, and never where a key of a user stands beside: that is a user
 * without its list. Nor is a list read beside which one of its keys stands. `saidToBeKyc`, by its name, it is one by its
 * user alone.
 */
export const shapeOf = (payload: object, saidToBeKyc: boolean): Shape | null => {
  const counts = [0, 0, 0, 0, 0, 0] as [number, number, number, number, number, number]
  for (const key in payload) {
    const owner = OWNERS.get(key)
    if (owner !== undefined) counts[owner] = (counts[owner] ?? 0) + 1
  }
  const [kyc, kycShared, liveness, identification, document, user] = counts
  const shapes: Shape[] = []
  const lists = payload as { readonly users?: unknown; readonly documents?: unknown }
  if (Object.hasOwn(payload, 'users') && isContainer(lists.users)) shapes.push('users')
  if (Object.hasOwn(payload, 'documents') && isContainer(lists.documents)) shapes.push('documents')
  if (kyc > 0 && kyc + kycShared > 1) shapes.push('kyc')
  if (liveness > 1) shapes.push('liveness')
  if (identification > 1) shapes.push('identification')
  const [shape, another] = shapes
  if (another !== undefined) return null
  if (shape === 'users' || shape === 'documents') return Array.isArray(lists[shape]) && kyc === 0 ? shape : null
  if (shape === 'kyc') return user === 0 ? shape : null
  if (shape !== undefined) return shape
  return saidToBeKyc && Object.hasOwn(payload, 'userId') && user + document === 0 ? 'kyc' : null
}

/**
 * The family of a payload, told by its shape; `null` for a shape this service does not know. The name, which is not
 * signed, is asked only where the shapes are the same (QES and video conference), and where a KYC object has none.
 */
export const familyOfPayload = (payload: unknown, name: string | null): Family | null => {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return null
  const named = familyOfName(name)
  const shape = shapeOf(payload, named === 'kyc')
  if (shape === 'users') return 'user'
  if (shape === 'documents') return 'document'
  return shape === 'identification' && (named === 'qes' || named === 'videoConference') ? named : shape
}
