using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Rota.Web.Auth;

/// <summary>Refuses requests to a loopback address under a foreign name: a web page whose name was pointed at this
/// machine (DNS rebinding) would be of the same origin as Rota otherwise.</summary>
internal sealed class HostGuard(RequestDelegate next, IOptions<WebOptions> options)
{
    private readonly HashSet<string> _allowed = new(options.Value.Hosts, StringComparer.OrdinalIgnoreCase);

    public Task InvokeAsync(HttpContext context)
    {
        var isLoopback = context.Connection.LocalIpAddress is { } local && IPAddress.IsLoopback(Plain(local));
        return !isLoopback || IsAllowed(context.Request.Host.Host)
            ? next(context)
            : throw new InvalidFieldException("Host", $"This server does not answer to '{context.Request.Host.Host}'.",
                "Call it by localhost or its address, or name the host in Web:Hosts.");
    }

    private bool IsAllowed(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(Plain(address)))
        || _allowed.Contains(host) || _allowed.Contains("*");

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
