using Rota.Web.Supervisors;

namespace Rota.Web;

/// <summary>How the HTTP side answers. Section <c>Web</c>.</summary>
public sealed class WebOptions
{
    public const string Section = "Web";

    /// <summary>Host names that a request to a loopback address may carry beside <c>localhost</c> and the address:
    /// those of a reverse proxy on this machine. <c>*</c> allows all. Default: none.</summary>
    /// <remarks>The check keeps a web page from reaching Rota under a name that it pointed at this machine.</remarks>
    public IList<string> Hosts { get; set; } = [];

    /// <summary>Supervisors whose processes this node shows and works. Section <c>Supervisors</c>, a list. Default:
    /// none.</summary>
    public IList<SupervisorOptions> Supervisors { get; } = [];
}
