using Rota.Tests.Web;
using Rota.Web;

namespace Rota.Tests.Supervisors;

/// <summary>A Rota that was told of three supervisors: Debian's, ours, and one that is not there.</summary>
public sealed class SupervisorHost : WebHost
{
    public const string Debian = "debian", Ours = "ours", Gone = "gone";

    private const string Programs = """
        [program:echo]
        command=/bin/sh -c 'echo ready; while read line; do echo "heard $line"; done' --api-token=arg-secret-3
        environment=DB_PASSWORD="env-secret-4"
        [program:web]
        command=/bin/sh -c 'trap "echo hup" HUP; trap "exit 0" TERM; while :; do sleep 0.1; done'
        process_name=%(program_name)s_%(process_num)d
        numprocs=2
        [program:bad]
        command=/bin/sh -c 'test -e %(here)s/may-run && exec sleep 1000; echo cannot >&2; exit 3'
        autostart=false
        startretries=0
        """;

    private readonly SupervisorDaemon _debian = new(isOurs: false), _ours = new(isOurs: true);

    internal SupervisorDaemon Daemon(string name) => name == Ours ? _ours : _debian;

    protected override void Configure(WebOptions web)
    {
        foreach (var (name, url) in new[] { (Debian, _debian.Url), (Ours, _ours.Url), (Gone, "unix:///nowhere.sock") })
        {
            web.Supervisors.Add(new()
            {
                Name = name,
                Url = url,
                Username = "rota",
                Password = SupervisorDaemon.Password,
            });
        }
    }

    public override async ValueTask InitializeAsync()
    {
        SupervisorDaemon.SkipUnlessInstalled(isOurs: false);
        await Task.WhenAll(_debian.StartAsync(Programs), _ours.StartAsync(Programs));
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
        await _debian.DisposeAsync();
        await _ours.DisposeAsync();
    }
}

/// <summary>A Rota that was told of one supervisor, <c>main</c>.</summary>
internal sealed class OneSupervisor(string url) : WebHost
{
    protected override void Configure(WebOptions web) => web.Supervisors.Add(
        new() { Name = "main", Url = url, Username = "rota", Password = SupervisorDaemon.Password });
}
