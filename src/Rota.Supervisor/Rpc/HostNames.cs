using System.Net;
using Rota.Supervisor.Config;

namespace Rota.Supervisor.Rpc;

/// <summary>The names by which a server without a password may be called: those that a stranger cannot have.</summary>
/// <remarks>
/// A page of any site can let its own name point to 127.0.0.1 (DNS rebinding), and the visitor's browser then takes our
/// answers for that site's. Such a request has the site's name in its Host header. So only addresses are let in, names
/// without a dot, names below those that nobody can register, this machine's own, and what the file names.
/// </remarks>
internal sealed class HostNames(ServerConfig server)
{
    private static readonly string[] Unregistered = [".localhost", ".local", ".internal"];

    /// <param name="header">The Host header, with or without a port; null when there is none, as no browser sends it.
    /// </param>
    public bool Allows(string? header)
    {
        if (header is null || server.AllowedHosts.Contains("*"))
            return true;
        var name = WithoutPort(header).TrimEnd('.');
        return !name.Contains('.')
            || IPAddress.TryParse(name, out _)
            || Unregistered.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            || server.AllowedHosts.Append(server.Host).Append(Environment.MachineName)
                .Contains(name, StringComparer.OrdinalIgnoreCase);
    }

    private static string WithoutPort(string header)
    {
        var colon = header.LastIndexOf(':');
        return colon > header.LastIndexOf(']') ? header[..colon] : header;
    }
}
