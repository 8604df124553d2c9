using System.Diagnostics;
using Xunit;

namespace Rota.Supervisor.Tests.Proof;

/// <summary>A guide to supervisor as people find it on the web, followed to the letter: its commands, its file with
/// text behind the values, its port with the password that everyone knows.</summary>
/// <remarks>The names `supervisord` and `supervisorctl` are links to this program. Folders, the port, commands and
/// `startsecs` are this test's; everything else stands as it was written.</remarks>
public sealed class WalkThroughTests : IDisposable
{
    private const int ProcessesOfIt = 3;

    private readonly Folder _folder = new();
    private readonly int _port = FreePort.Take();

    private string Etc => Path.Combine(_folder.Path, "etc");

    [Fact]
    public async Task The_guide_works_as_it_is_written()
    {
        Assert.SkipUnless(Environment.UserName == "root", "the guide says user=root");
        Write();
        Assert.Equal((0, ""), await RunAsync("supervisord", "-c", $"{Etc}/supervisord.conf"));
        await ControlAsync("supervisorctl restart all", "capital-balance:capital-balance_00: started");
        await ControlAsync("supervisorctl status django", "django                           RUNNING   pid ");
        await ControlAsync("supervisorctl stop django", "django: stopped\n");
        await ControlAsync("supervisorctl status django", "django                           STOPPED   ", code: 3);
        await ControlAsync("supervisorctl start django", "django: started\n");
        await ControlAsync("supervisorctl reload", "Restarted supervisord\n");
        await UntilRunningAsync();
        await ControlAsync("supervisorctl status all", "capital-balance:capital-balance_01   RUNNING   pid ");
        await ControlAsync("supervisorctl stop all", "capital-balance:capital-balance_01: stopped\n");
        await CurlAsync();
        await ControlAsync("supervisorctl shutdown", "Shut down\n");
        await EndAsync();
    }

    private void Write()
    {
        foreach (var name in new[] { "supervisord", "supervisorctl" })
            File.CreateSymbolicLink(Path.Combine(_folder.Path, name),
                Path.Combine(AppContext.BaseDirectory, "Rota.Supervisor.Tests"));
        _folder.Write("etc/supervisord.conf", $"""
            [unix_http_server]
            file={_folder.Path}/supervisor.sock
            [inet_http_server]         ; inet (TCP) server disabled by default
            port=127.0.0.1:{_port} ; ip_address:port specifier, *:port for all iface
            username=user              ; default is no username (open server)
            password=123               ; default is no password (open server)
            [supervisord]
            logfile={_folder.Path}/supervisord.log ;日志文件,默认是 $CWD/supervisord.log
            logfile_maxbytes=50MB ;日志文件大小,超出会rotate,默认 50MB,如果设成0,表示不限制大小
            logfile_backups=10 ;日志文件保留备份数量默认10,设为0表示不备份
            loglevel=info ;日志级别,默认info,其它: debug,warn,trace
            pidfile={_folder.Path}/supervisord.pid ;pid 文件
            nodaemon=false ;是否在前台启动,默认是false,即以 daemon 的方式启动
            minfds=1024 ;可以打开的文件描述符的最小值,默认 1024
            minprocs=200 ;可以打开的进程数的最小值,默认 200
            [rpcinterface:supervisor]
            supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
            [supervisorctl]
            serverurl=unix://{_folder.Path}/supervisor.sock
            [include]
            files = supervisord.d/*.ini
            """);
        _folder.Write("etc/supervisord.d/django.ini", $"""
            [program:django]
            command=/bin/cat
            directory={_folder.Path}
            environment=ASPNETCORE__ENVIRONMENT=Production
            user=root
            stopsignal=INT 
            autostart=true
            autorestart=true
            startsecs=1
            stderr_logfile={_folder.Path}/django.err.log
            stdout_logfile={_folder.Path}/django.out.log
            """);
        _folder.Write("etc/supervisord.d/queue.ini", $"""
            [program:capital-balance]
            directory = {_folder.Path} ;执行子进程时supervisord暂时切换到该目录
            command = /bin/bash -c 'exec sleep 1000' ;包含一个命令,当这个program启动时执行
            autostart = true
            startsecs = 1
            autorestart = true
            startretries = 3
            process_name=%(program_name)s_%(process_num)002d ;当numprocs大于1是需要使用这个
            numprocs=2
            redirect_stderr = true
            stdout_logfile_backups = 20
            stdout_logfile={_folder.Path}/testPopQueue.log
            stdout_logfile_maxbytes=10MB
            """);
    }

    public void Dispose()
    {
        if (PidOf() is { } pid && Processes.ChildEnvironmentTests.IsAlive(pid))
            Process.GetProcessById(pid).Kill(entireProcessTree: true);
        _folder.Dispose();
    }

    /// <summary>The guide's check by curl: without the password the page is not shown, with it it is.</summary>
    private async Task CurlAsync()
    {
        using var http = new HttpClient();
        var url = new Uri($"http://127.0.0.1:{_port}");
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, (await http.GetAsync(url)).StatusCode);
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("user:123"u8));
        Assert.Contains("django", await http.GetStringAsync(url), StringComparison.Ordinal);
    }

    private async Task ControlAsync(string line, string expected, int code = 0)
    {
        var (ended, output) = await RunAsync(line.Split(' ')[0],
            ["-c", $"{Etc}/supervisord.conf", .. line.Split(' ')[1..]]);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Equal(code, ended);
    }

    private async Task UntilRunningAsync()
    {
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        using var turn = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while ((await RunAsync("supervisorctl", "-c", $"{Etc}/supervisord.conf", "status")).Output.Split(" RUNNING ")
            .Length <= ProcessesOfIt)
        {
            await turn.WaitForNextTickAsync(deadline.Token);
        }
    }

    private async Task EndAsync()
    {
        if (PidOf() is { } pid)
            await Processes.ChildEnvironmentTests.WaitUntilGoneAsync(pid);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "supervisord.pid")));
    }

    private int? PidOf()
    {
        var path = Path.Combine(_folder.Path, "supervisord.pid");
        return File.Exists(path) ? int.Parse(File.ReadAllText(path)) : null;
    }

    private async Task<(int Code, string Output)> RunAsync(string name, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(_folder.Path, name), args)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Programs.Deadline);
        await process.WaitForExitAsync().WaitAsync(Programs.Deadline);
        return (process.ExitCode, output);
    }
}
