using System.Net;
using System.Net.Sockets;

namespace Rota.Integrations;

/// <summary>Says which addresses integrations may connect to. Asked with the resolved address at each connect, so that
/// neither a redirect nor a name that changes its address slips by.</summary>
internal sealed class AddressGuard
{
    /// <summary>Not the public internet. Source: the special-purpose registries of RFC 6890 and what came
    /// after.</summary>
    private static readonly IPNetwork[] Closed =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
            "224.0.0.0/4", "240.0.0.0/4", "::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "2001::/32",
            "2001:db8::/32", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    private readonly bool _allowsAll;
    private readonly HashSet<string> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<IPNetwork> _networks = [];

    public AddressGuard(IntegrationOptions options)
    {
        _allowsAll = options.AllowPrivateNetworks;
        foreach (var allowed in options.AllowedHosts)
        {
            if (IPNetwork.TryParse(allowed, out var network))
                _networks.Add(network);
            else if (IPAddress.TryParse(allowed, out var address))
                _networks.Add(new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128));
            else
                _hosts.Add(allowed.Trim());
        }
    }

    /// <param name="host">As the address of the request names it.</param>
    /// <param name="address">One of those that the host resolves to.</param>
    public bool Allows(string host, IPAddress address)
    {
        var plain = Unwrap(address);
        return _allowsAll || _hosts.Contains(host) || _networks.Exists(network => network.Contains(plain))
            || !Array.Exists(Closed, network => network.Contains(plain));
    }

    /// <summary>The IPv4 address within an IPv6 one (mapped, compatible, NAT64, 6to4), else the address
    /// itself.</summary>
    private static IPAddress Unwrap(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        if (bytes is [0x20, 0x02, ..])
            return new IPAddress(bytes.AsSpan(2, 4));
        var isNat64 = bytes is [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, ..];
        var isCompatible = bytes is [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, not 0, ..];
        return isNat64 || isCompatible ? new IPAddress(bytes.AsSpan(12, 4)) : address;
    }
}
