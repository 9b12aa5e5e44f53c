/** The shapes that a signed payload is recognised by. */
export type Shape = 'users' | 'documents' | 'kyc' | 'liveness' | 'identification'

const keys = (text: string): readonly string[] => text.trim().split(/\s+/)

/** What only the KYC object has, and what it has in common with nobody but a user. */
const KYC = keys(`kycStatus kycReview kycLevel kycReviewType kycReviewComment
  lastRequestDatetime lastReviewDatetime nextReviewDate`)
/** Documented keys of the KYC object that other objects have as well. */
const KYC_SHARED = keys('userId clientId distributionCountry codeStatus informationStatus')
const LIVENESS = keys('kyc-status user_id started-at updated-at refusal-details score')
const IDENTIFICATION = keys('transactionNumber identId identificationTime result')
const DOCUMENT = keys('documentId documentStatus documentTypeId documentType documentTag')
/** What only a user has, of all objects that are documented (docs.treezor.com, guide/users; Treezor API v25.04). */
const USER = keys(`activityOutsideEu address1 address2 address3 birthCountry birthday city controllingPersonType country
  countryName economicSanctions effectiveBeneficiary email employeeType entitySanctionsQuestionnaire entityType firstname
  incomeRange involvedSanctions isFreezed isFrozen language lastname legalAnnualTurnOver legalForm legalName
  legalNameEmbossed legalNetIncomeRange legalNumberOfEmployeeRange legalRegistrationDate legalRegistrationNumber
  legalSector legalShareCapital legalTvaNumber middleNames mobile nationality nationalityOther occupation parentType
  parentUserId payinCount personalAssets phone placeOfBirth position postcode residentCountriesSanctions
  sanctionsQuestionnaireDate sepaCreditorIdentifier specifiedUSPerson state taxNumber taxResidence timezone title totalRows
  userStatus userTag userTypeId walletCount`)

type Owner = 'kyc' | 'kycShared' | 'liveness' | 'identification' | 'document' | 'user'

const OWNERS: ReadonlyMap<string, Owner> = new Map(
  Object.entries({
    kyc: KYC,
    kycShared: KYC_SHARED,
    liveness: LIVENESS,
    identification: IDENTIFICATION,
    document: DOCUMENT,
    user: USER,
  }).flatMap(([owner, owned]) => owned.map((key) => [key, owner as Owner] as const)),
)

const isContainer = (value: unknown): boolean => typeof value === 'object' && value !== null

/**
 * The shape of a payload; `null` for one that is not known, and for one that has the keys of several: which of them it is
 * nobody can tell. An object is recognised by two of its own keys, so that no single missing field hides what it is; the
 * KYC object by at least one that is not shared by many, and never where a key of a user stands beside: that is a user without its
 * list. Nor is a list read beside which one of its keys stands. `saidToBeKyc`, by its name, it is one by its user alone.
 */
export const shapeOf = (payload: object, saidToBeKyc: boolean): Shape | null => {
  const found = { kyc: 0, kycShared: 0, liveness: 0, identification: 0, document: 0, user: 0 }
  for (const key of Object.keys(payload)) {
    const owner = OWNERS.get(key)
    if (owner !== undefined) found[owner] += 1
  }
  const shapes: Shape[] = []
  const lists = payload as { readonly users?: unknown; readonly documents?: unknown }
  if (Object.hasOwn(payload, 'users') && isContainer(lists.users)) shapes.push('users')
  if (Object.hasOwn(payload, 'documents') && isContainer(lists.documents)) shapes.push('documents')
  if (found.kyc > 0 && found.kyc + found.kycShared > 1) shapes.push('kyc')
  if (found.liveness > 1) shapes.push('liveness')
  if (found.identification > 1) shapes.push('identification')
  const [shape, another] = shapes
  if (another !== undefined) return null
  if (shape === 'users' || shape === 'documents') return Array.isArray(lists[shape]) && found.kyc === 0 ? shape : null
  if (shape === 'kyc') return found.user === 0 ? shape : null
  if (shape !== undefined) return shape
  return saidToBeKyc && Object.hasOwn(payload, 'userId') && found.user + found.document === 0 ? 'kyc' : null
}
