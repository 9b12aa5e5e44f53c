/** A user or a document as the API tells of him: members to lay over the documented ones; `undefined` leaves one out. */
export type Fields = Readonly<Record<string, unknown>>

/** The users that the provider has, and their documents. */
export interface Population {
  /** Ids of all users, ascending. */
  readonly ids: () => readonly number[]
  /** `null`: there is no such user. */
  readonly user: (id: number) => Fields | null
  readonly documents: (id: number) => readonly Fields[]
  /** Changes a user, or adds him. */
  readonly setUser: (id: number | string, fields: Fields) => void
  readonly setDocuments: (id: number | string, documents: readonly Fields[]) => void
  /** He is in no list any more, and unknown. */
  readonly remove: (id: number | string) => void
}

const DAY_MS = 86_400_000
const FIRST_DAY = Date.parse('2024-01-01T00:00:00Z')

const createdDate = (id: number): string =>
  new Date(FIRST_DAY + (id % 500) * DAY_MS + (id % 86_400) * 1000).toISOString().slice(0, 19).replace('T', ' ')

/** All fields of a user (Treezor API v25.04, UserObject), with invented values. What the sums come to is of no account. */
const documentedUser = (id: number): Fields => ({
  userId: id,
  userTypeId: 1,
  userStatus: 'VALIDATED',
  userTag: `tag-${id}`,
  parentUserId: 0,
  parentType: '',
  controllingPersonType: 0,
  employeeType: 0,
  specifiedUSPerson: 0,
  title: 'M',
  firstname: `Firstname${id}`,
  lastname: `Lastname${id}`,
  middleNames: '',
  birthday: '1980-02-29',
  email: `person${id}@example.com`,
  address1: `${id} rue Inventee`,
  address2: '',
  address3: '',
  postcode: '75001',
  city: 'Paris',
  state: '',
  country: 'FR',
  countryName: 'France',
  distributionCountry: 'FR',
  clientId: '516899',
  phone: '+33102030405',
  mobile: '+33602030405',
  nationality: 'FR',
  placeOfBirth: 'Orléans',
  birthCountry: 'FR',
  occupation: 'baker',
  incomeRange: '0-18',
  legalName: '',
  kycLevel: 2,
  kycReview: 2,
  kycReviewComment: '30-05-2024 - 16:11:02Level : REGULAR et Review : VALIDATED',
  isFreezed: 0,
  isFrozen: 0,
  language: 'fr',
  taxNumber: '0123456789',
  taxResidence: 'FR',
  personalAssets: '0-2',
  codeStatus: '110009',
  informationStatus: '',
  createdDate: createdDate(id),
  modifiedDate: createdDate(id),
  walletCount: 1,
  payinCount: 0,
})

/** All fields of a document (Treezor API v25.04, DocumentObject). */
const documentedDocument = (userId: number, index: number): Fields => ({
  documentId: userId * 100 + index,
  documentTag: '',
  userId,
  userFirstname: `Firstname${userId}`,
  userLastname: `Lastname${userId}`,
  name: `passport-${userId}.pdf`,
  documentStatus: 'VALIDATED',
  documentTypeId: 17,
  documentType: 'Passport',
  fileName: `passport-${userId}.pdf`,
  createdDate: createdDate(userId),
  modifiedDate: createdDate(userId),
  codeStatus: '600003',
  informationStatus: '',
  residenceId: 0,
})

const placeOf = (ids: readonly number[], id: number): number => {
  let [low, high] = [0, ids.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ids[middle] ?? 0) < id) low = middle + 1
    else high = middle
  }
  return low
}

/** Users `first`, `first + 1`, …, so many of them; each is made up when he is asked for. */
export const populationOf = (count: number, first = 1_000_000): Population => {
  const ids = Array.from({ length: count }, (_, index) => first + index)
  const changed = new Map<number, Fields>()
  const documents = new Map<number, readonly Fields[]>()
  const has = (id: number): boolean => ids[placeOf(ids, id)] === id
  return {
    ids: () => ids,
    user: (id) => (has(id) ? { ...documentedUser(id), ...changed.get(id) } : null),
    documents: (id) =>
      (documents.get(id) ?? []).map((one, index) => ({ ...documentedDocument(id, index + 1), ...one })),
    setUser: (id, fields) => {
      const number = Number(id)
      if (!has(number)) ids.splice(placeOf(ids, number), 0, number)
      changed.set(number, { ...changed.get(number), ...fields })
    },
    setDocuments: (id, all) => void documents.set(Number(id), all),
    remove: (id) => {
      if (has(Number(id))) ids.splice(placeOf(ids, Number(id)), 1)
    },
  }
}
