using Rota.Integrations;
using Rota.Jobs;
using Rota.Postgres;
using Rota.Web;
using Rota.Web.Supervisors;
using Rota.Workers;

namespace Rota.Commands;

/// <summary>How this process is to run: composed once, checked as a whole, then never changed.</summary>
internal sealed record Settings
{
    /// <summary>Absolute, as all paths here.</summary>
    public required string DataFolder { get; init; }

    public required IReadOnlyList<Uri> Urls { get; init; }

    /// <summary>The path of an SQLite file, or the address of a PostgreSQL database, which may hold a password.
    /// </summary>
    public required string Database { get; init; }

    public bool IsPostgres => PostgresUrl.IsPostgres(Database);

    public required string PluginFolder { get; init; }
    public required string LogFolder { get; init; }
    public required bool IsJsonLog { get; init; }
    public required string KeyPath { get; init; }

    /// <summary>Of the user <c>admin</c> that is made when there is no user.</summary>
    public required string? AdminPassword { get; init; }

    /// <summary>Those that this node shows and works; they may hold passwords.</summary>
    public required IReadOnlyList<SupervisorOptions> Supervisors { get; init; }

    /// <summary>One sentence each; what was ignored.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    public required IReadOnlyList<SettingValue> Values { get; init; }

    public string NodeName
    {
        get
        {
            var workers = new WorkerOptions();
            Apply(WorkerOptions.Section, workers);
            return workers.Node;
        }
    }

    public bool IsLoopback => Urls.All(url => url.IsLoopback);

    /// <summary>Sets what was configured of a section that was checked before.</summary>
    public void Apply(string section, object options) => new OptionsBinder(Values, [], []).Bind(section, options);

    /// <summary>The sections, and an instance of each to check the values against.</summary>
    public static IEnumerable<(string Name, object Options)> Sections() =>
    [
        (WorkerOptions.Section, new WorkerOptions()), (RetentionOptions.Section, new RetentionOptions()),
        (IntegrationOptions.Section, new IntegrationOptions()), (ShellOptions.Section, new ShellOptions()),
        (WebOptions.Section, new WebOptions()),
    ];
}

/// <summary>One configured value.</summary>
/// <param name="Path">Such as <c>Workers</c>, <c>Concurrency</c>.</param>
/// <param name="Name">As it was written, for errors: <c>ROTA_WORKERS__CONCURRENCY</c>.</param>
internal sealed record SettingValue(IReadOnlyList<string> Path, string Value, string Name)
{
    public static bool IsSame(string left, string right) =>
        string.Equals(left.Replace("_", ""), right.Replace("_", ""), StringComparison.OrdinalIgnoreCase);
}
