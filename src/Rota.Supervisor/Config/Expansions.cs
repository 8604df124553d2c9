using System.Collections;
using System.Net;

namespace Rota.Supervisor.Config;

/// <summary>The names that `%(name)s` may stand for in one place, each with a text or a whole number. A place within
/// another (a program in the file, a process in the program) knows the outer names, and its own win.</summary>
internal sealed class Expansions(Expansions? outer = null)
{
    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal);

    /// <summary>`here`, `host_node_name`, and ENV_ with each variable of this process.</summary>
    public static Expansions OfFile(string here)
    {
        var names = new Expansions { ["here"] = here, ["host_node_name"] = Dns.GetHostName() };
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            names[$"ENV_{variable.Key}"] = (string?)variable.Value ?? "";
        return names;
    }

    public object this[string name]
    {
        set => _values[name] = value;
    }

    public object? Find(string name) => _values.GetValueOrDefault(name) ?? outer?.Find(name);

    public void AddEnvironment(IEnumerable<EnvironmentVariable> variables)
    {
        foreach (var variable in variables)
            this[$"ENV_{variable.Name}"] = variable.Value;
    }

    /// <summary>For an error: the names that are not variables of the environment, and how these are named.</summary>
    public string Known()
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        for (var here = this; here is not null; here = here.Outer)
            names.UnionWith(here._values.Keys.Where(name => !name.StartsWith("ENV_", StringComparison.Ordinal)));
        return $"{string.Join(", ", names)}, ENV_NAME of the daemon's environment";
    }

    private Expansions? Outer => outer;
}
