// The app's own network. Other modules get it as `place`: how the stores are reached, and what they need for it.
param name string
param location string
param tags object

@allowed(['public', 'subnet', 'private'])
param reach string

param functionsPrefix string = '10.20.0.0/24'
param endpointsPrefix string = '10.20.1.0/24'

var zoneNames = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  queue: 'privatelink.queue.${environment().suffixes.storage}'
  table: 'privatelink.table.${environment().suffixes.storage}'
  cosmos: 'privatelink.documents.azure.com'
  serviceBus: 'privatelink.servicebus.windows.net'
  vault: 'privatelink.vaultcore.azure.net'
  sites: 'privatelink.azurewebsites.net'
}
var zones = [
  zoneNames.blob
  zoneNames.queue
  zoneNames.table
  zoneNames.cosmos
  zoneNames.serviceBus
  zoneNames.vault
  zoneNames.sites
]
var serviceEndpoints = [
  { service: 'Microsoft.Storage' }
  { service: 'Microsoft.AzureCosmosDB' }
  { service: 'Microsoft.KeyVault' }
]

// Its default rules are enough: nothing comes in from the internet.
resource guard 'Microsoft.Network/networkSecurityGroups@2025-05-01' = if (reach != 'public') {
  name: name
  location: location
  tags: tags
}

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = if (reach != 'public') {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [functionsPrefix, endpointsPrefix] }
    subnets: [
      {
        name: 'functions'
        properties: {
          addressPrefix: functionsPrefix
          networkSecurityGroup: { id: guard.id }
          serviceEndpoints: reach == 'subnet' ? serviceEndpoints : []
          delegations: [
            {
              name: 'flex-consumption'
              properties: { serviceName: 'Microsoft.App/environments' }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: endpointsPrefix
          networkSecurityGroup: { id: guard.id }
          privateEndpointNetworkPolicies: 'Enabled'
        }
      }
    ]
  }
}

resource privateZones 'Microsoft.Network/privateDnsZones@2020-06-01' = [for zone in (reach == 'private' ? zones : []): {
  name: zone
  location: 'global'
  tags: tags
}]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (zone, i) in (reach == 'private' ? zones : []): {
  parent: privateZones[i]
  name: name
  location: 'global'
  tags: tags
  properties: {
    registrationEnabled: false
    virtualNetwork: { id: network.id }
  }
}]

output place object = {
  reach: reach
  functionsSubnet: reach == 'public' ? '' : '${network.id}/subnets/functions'
  endpointsSubnet: reach == 'public' ? '' : '${network.id}/subnets/endpoints'
  zones: {
    blob: resourceId('Microsoft.Network/privateDnsZones', zoneNames.blob)
    queue: resourceId('Microsoft.Network/privateDnsZones', zoneNames.queue)
    table: resourceId('Microsoft.Network/privateDnsZones', zoneNames.table)
    cosmos: resourceId('Microsoft.Network/privateDnsZones', zoneNames.cosmos)
    serviceBus: resourceId('Microsoft.Network/privateDnsZones', zoneNames.serviceBus)
    vault: resourceId('Microsoft.Network/privateDnsZones', zoneNames.vault)
    sites: resourceId('Microsoft.Network/privateDnsZones', zoneNames.sites)
  }
}
