using System.Net;
using Rota.Integrations;
using Xunit;

namespace Rota.Tests.Integrations;

public sealed class AddressGuardTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.9.9.9")]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("100.64.0.1")]
    [InlineData("100.127.255.255")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::7f00:1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:a9fe:a9fe")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("fe80::1")]
    [InlineData("febf::1")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("ff02::1")]
    public void An_address_that_is_not_public_is_refused(string address) =>
        Assert.False(new AddressGuard(new IntegrationOptions()).Allows("any.example", IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.1")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.1")]
    [InlineData("169.253.255.255")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700::1111")]
    [InlineData("::ffff:1.1.1.1")]
    [InlineData("64:ff9b::101:101")]
    public void A_public_address_is_allowed(string address) =>
        Assert.True(new AddressGuard(new IntegrationOptions()).Allows("any.example", IPAddress.Parse(address)));

    [Theory]
    [InlineData("10.1.0.0/16", "any.example", "10.1.2.3", true)]
    [InlineData("10.1.0.0/16", "any.example", "::ffff:10.1.2.3", true)]
    [InlineData("10.1.0.0/16", "any.example", "10.2.2.3", false)]
    [InlineData("10.1.2.3", "any.example", "10.1.2.3", true)]
    [InlineData("fd00::/8", "any.example", "fd12::1", true)]
    [InlineData("Intranet.example", "intranet.example", "192.168.1.1", true)]
    [InlineData("intranet.example", "evil.example", "192.168.1.1", false)]
    public void Exceptions_are_hosts_addresses_and_ranges(
        string allowed, string host, string address, bool isAllowed) =>
        Assert.Equal(isAllowed, new AddressGuard(new IntegrationOptions { AllowedHosts = [allowed] })
            .Allows(host, IPAddress.Parse(address)));
}
