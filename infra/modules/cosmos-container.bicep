// One container as `cosmos.json` defines it; the local stack makes the same of it (local/cosmos/provision.py).
param accountName string
param databaseName string

@description('An entry of `containers` in cosmos.json')
param definition object

var paths = definition.partitionKey
var includedPaths = [for path in (definition.?indexed ?? ['/*']): { path: path }]
var excludedPaths = contains(definition, 'indexed') ? [{ path: '/*' }] : []
var compositeIndexes = [for pair in (definition.?composite ?? []): [
  { path: pair[0], order: 'ascending' }
  { path: pair[1], order: 'ascending' }
]]

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2025-04-15' existing = {
  name: '${accountName}/${databaseName}'
}

resource container 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-04-15' = {
  parent: database
  name: definition.id
  properties: {
    resource: union({
      id: definition.id
      partitionKey: {
        paths: paths
        kind: length(paths) == 1 ? 'Hash' : 'MultiHash'
        version: 2
      }
      indexingPolicy: {
        indexingMode: 'consistent'
        automatic: true
        includedPaths: includedPaths
        excludedPaths: concat(excludedPaths, [{ path: '/"_etag"/?' }])
        compositeIndexes: compositeIndexes
      }
    }, contains(definition, 'defaultTtl') ? { defaultTtl: definition.defaultTtl } : {})
  }
}
