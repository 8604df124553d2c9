using Rota.Supervisor.Processes;

namespace Rota.Web.Supervisors;

/// <summary>What processes are called in events, in the audit and in addresses.</summary>
internal static class ProcessAddress
{
    /// <summary>Such as <c>main/web:web_0</c>.</summary>
    public static string Source(string supervisor, ProcessName name) => $"{supervisor}/{name}";

    /// <summary>Its page.</summary>
    public static string Page(string supervisor, ProcessName name) => $"/console/processes/{Path(supervisor, name)}";

    /// <summary>Its route in the API.</summary>
    public static string Api(string supervisor, ProcessName name) =>
        $"/api/v1/supervisors/{Uri.EscapeDataString(supervisor)}/processes/{Escaped(name)}";

    public static string Path(string supervisor, ProcessName name) =>
        $"{Uri.EscapeDataString(supervisor)}/{Escaped(name)}";

    // Both may stand in a path as they are (RFC 3986, section 3.3), and are easier to read.
    private static string Escaped(ProcessName name) =>
        Uri.EscapeDataString(name.ToString()).Replace("%3A", ":").Replace("%2A", "*");
}
