using System.ComponentModel.DataAnnotations;

namespace Rota.Integrations;

/// <summary>What integrations may reach. Section <c>Integrations</c>.</summary>
public sealed class IntegrationOptions
{
    public const string Section = "Integrations";

    /// <summary>True: integrations may call loopback, private and link-local addresses too, such as the metadata
    /// service of a cloud. Default: false.</summary>
    public bool AllowPrivateNetworks { get; set; }

    /// <summary>Exceptions: host names (<c>intranet.example</c>, with everything they resolve to), addresses, or ranges
    /// (<c>10.1.0.0/16</c>). Default: empty.</summary>
    public IList<string> AllowedHosts { get; set; } = [];

    /// <summary>Largest response body, after decompression. Bytes, 1 KiB to 1 GiB. Default: 10 MiB.</summary>
    [Range(1 << 10, 1 << 30)]
    public int ResponseBytesMax { get; set; } = 10 << 20;
}

/// <summary>Whether jobs may run commands on this machine. Section <c>Shell</c>.</summary>
public sealed class ShellOptions
{
    public const string Section = "Shell";

    /// <summary>True: whoever may enqueue jobs may run any command as the user of this process. Default:
    /// false.</summary>
    public bool IsEnabled { get; set; }
}
