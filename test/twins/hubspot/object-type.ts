/** One property definition of a HubSpot object. */
export interface PropertyDefinition {
  readonly name: string;
  readonly label: string;
  readonly type: 'string' | 'number' | 'date' | 'datetime' | 'enumeration' | 'bool';
  readonly fieldType: string;
  readonly groupName: string;
  readonly description: string;
  readonly options: readonly { readonly label: string; readonly value: string }[];
  readonly hasUniqueValue: boolean;
  readonly hubspotDefined: boolean;
  /** Set by HubSpot alone. */
  readonly readOnlyValue: boolean;
  readonly createdAt: number;
}

/** What differs between HubSpot's object types. A further type is a further value of this shape. */
export interface HubspotObjectType {
  /** As in paths: `contacts`. */
  readonly name: string;
  readonly objectTypeId: string;
  /** As in error texts: `Contact`. */
  readonly label: string;
  /** As in subscription types: `contact`. */
  readonly eventPrefix: string;
  readonly modifiedProperty: string;
  /** Property that is unique by nature and lower-cased, with the property that holds its further values. */
  readonly keyProperty: { readonly name: string; readonly additional: string } | null;
  /** Properties of an answer that asks for none. */
  readonly defaultProperties: readonly string[];
  readonly properties: readonly PropertyDefinition[];
  /** Versions kept per property. */
  readonly historyLength: number;
  /** Whether a merge makes a record with a new id, or keeps the primary's. */
  readonly mergeMakesNewId: boolean;
  readonly scopes: { readonly read: string; readonly write: string; readonly schema: string };
  /** Enumeration that only moves forward unless it is cleared first. */
  readonly forwardOnlyProperty: string | null;
}

type Options = readonly (readonly [value: string, label: string])[];

function define(
  name: string,
  label: string,
  kind: {
    readonly type?: PropertyDefinition['type'];
    readonly fieldType?: string;
    readonly options?: Options;
    readonly readOnly?: boolean;
  } = {},
): PropertyDefinition {
  return {
    name,
    label,
    type: kind.type ?? 'string',
    fieldType: kind.fieldType ?? (kind.options === undefined ? 'text' : 'select'),
    groupName: 'contactinformation',
    description: '',
    options: (kind.options ?? []).map(([value, text]) => ({ value, label: text })),
    hasUniqueValue: name === 'hs_object_id',
    hubspotDefined: true,
    readOnlyValue: kind.readOnly ?? false,
    createdAt: Date.UTC(2020, 5, 30),
  };
}

const LIFECYCLE: Options = [
  ['subscriber', 'Subscriber'],
  ['lead', 'Lead'],
  ['marketingqualifiedlead', 'Marketing Qualified Lead'],
  ['salesqualifiedlead', 'Sales Qualified Lead'],
  ['opportunity', 'Opportunity'],
  ['customer', 'Customer'],
  ['evangelist', 'Evangelist'],
  ['other', 'Other'],
];

const LEAD_STATUS: Options = [
  ['NEW', 'New'],
  ['OPEN', 'Open'],
  ['IN_PROGRESS', 'In progress'],
  ['CONNECTED', 'Connected'],
  ['UNQUALIFIED', 'Unqualified'],
];

const SYSTEM = { readOnly: true } as const;
const SYSTEM_TIME = { type: 'datetime', fieldType: 'date', readOnly: true } as const;

/** HubSpot contacts (object type 0-1). */
export const CONTACTS: HubspotObjectType = {
  name: 'contacts',
  objectTypeId: '0-1',
  label: 'Contact',
  eventPrefix: 'contact',
  modifiedProperty: 'lastmodifieddate',
  keyProperty: { name: 'email', additional: 'hs_additional_emails' },
  defaultProperties: ['createdate', 'email', 'firstname', 'hs_object_id', 'lastmodifieddate', 'lastname'],
  properties: [
    define('email', 'Email'),
    define('firstname', 'First Name'),
    define('lastname', 'Last Name'),
    define('phone', 'Phone Number', { fieldType: 'phonenumber' }),
    define('mobilephone', 'Mobile Phone Number', { fieldType: 'phonenumber' }),
    define('company', 'Company Name'),
    define('jobtitle', 'Job Title'),
    define('website', 'Website URL'),
    define('address', 'Street Address'),
    define('city', 'City'),
    define('state', 'State/Region'),
    define('zip', 'Postal Code'),
    define('country', 'Country/Region'),
    define('salutation', 'Salutation'),
    define('message', 'Message', { fieldType: 'textarea' }),
    define('numemployees', 'Number of Employees', { type: 'number', fieldType: 'number' }),
    define('date_of_birth', 'Date of birth', { type: 'date', fieldType: 'date' }),
    define('lifecyclestage', 'Lifecycle Stage', {
      type: 'enumeration',
      fieldType: 'radio',
      options: LIFECYCLE,
    }),
    define('hs_lead_status', 'Lead Status', {
      type: 'enumeration',
      fieldType: 'radio',
      options: LEAD_STATUS,
    }),
    define('hs_additional_emails', 'Additional email addresses', SYSTEM),
    define('hs_merged_object_ids', 'Merged record IDs', SYSTEM),
    define('hs_object_id', 'Record ID', { type: 'number', fieldType: 'number', readOnly: true }),
    define('hs_object_source', 'Record creation source', SYSTEM),
    define('hs_object_source_id', 'Record creation source ID', SYSTEM),
    define('createdate', 'Create Date', SYSTEM_TIME),
    define('lastmodifieddate', 'Last Modified Date', SYSTEM_TIME),
  ],
  historyLength: 45,
  mergeMakesNewId: true,
  scopes: {
    read: 'crm.objects.contacts.read',
    write: 'crm.objects.contacts.write',
    schema: 'crm.schemas.contacts.write',
  },
  forwardOnlyProperty: 'lifecyclestage',
};
