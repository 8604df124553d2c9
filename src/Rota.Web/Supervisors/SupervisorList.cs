using Microsoft.Extensions.Options;
using Rota.Supervisor.Client;

namespace Rota.Web.Supervisors;

/// <summary>The supervisors that this node was told of, in that order.</summary>
internal sealed class SupervisorList
{
    /// <exception cref="ArgumentException">One is wrong, in a host that checks no settings.</exception>
    public SupervisorList(IOptions<WebOptions> options, TimeProvider clock)
    {
        var all = new List<WatchedSupervisor>();
        foreach (var one in options.Value.Supervisors)
        {
            foreach (var (property, wrong, hint) in one.Problems(all.Select(other => other.Name)))
                throw new ArgumentException($"Supervisors[{all.Count}].{property}: {wrong} {hint}", nameof(options));
            all.Add(new(one.Name, new SupervisorClient(one.Url, one.Username, one.Password, clock)));
        }
        All = all;
    }

    public IReadOnlyList<WatchedSupervisor> All { get; }

    /// <exception cref="NotFoundException"><c>supervisor.not_found</c>.</exception>
    public WatchedSupervisor Get(string name) => All.FirstOrDefault(one => one.Name == name)
        ?? throw new NotFoundException("supervisor", name,
            All.Count == 0 ? "This node was told of none: see ROTA_SUPERVISORS__0__NAME."
                : $"This node has: {string.Join(", ", All.Select(one => one.Name))}.");
}
