using System.Diagnostics;

namespace Rota.EndToEnd.Tests;

/// <summary>A real nginx on a loopback port, whose one location can be changed while it runs.</summary>
public sealed class Nginx : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rota-nginx-").FullName;
    private readonly int _port = LoopbackPort.Free();
    private Process? _process;

    public string Address => $"http://127.0.0.1:{_port}";

    public string Root => Path.Combine(_folder, "root");

    public async Task<Nginx> StartAsync()
    {
        Directory.CreateDirectory(Root);
        var mark = WriteConfiguration($"root {Root};");
        _process = Process.Start(new ProcessStartInfo("/usr/sbin/nginx", Arguments)
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        await WaitForAsync(mark);
        return this;
    }

    private IEnumerable<string> Arguments =>
        ["-p", _folder, "-c", Path.Combine(_folder, "nginx.conf"), "-e", "error.log"];

    /// <summary>Puts other directives into the location and waits until nginx answers by them.</summary>
    /// <param name="directives">Such as <c>return 500;</c>.</param>
    public async Task ChangeAsync(string directives)
    {
        var mark = WriteConfiguration(directives);
        using var reload = Process.Start("/usr/sbin/nginx", [.. Arguments, "-s", "reload"]);
        await reload.WaitForExitAsync();
        await WaitForAsync(mark);
    }

    /// <summary>Returns when nginx answers by the configuration of this mark; a reload resets connections meanwhile.
    /// </summary>
    private async Task WaitForAsync(string mark)
    {
        using var http = new HttpClient();
        await RotaProcess.WaitAsync(async () =>
        {
            try
            {
                return await http.GetStringAsync(new Uri($"{Address}/mark")) == mark;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, "nginx answers by its new configuration");
    }

    private string WriteConfiguration(string directives)
    {
        var mark = Guid.NewGuid().ToString();
        File.WriteAllText(Path.Combine(_folder, "nginx.conf"), $$"""
            user root;
            daemon off;
            pid nginx.pid;
            worker_processes 1;
            events { }
            http {
                access_log off;
                client_body_temp_path body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
                types { application/rss+xml xml; }
                server {
                    listen 127.0.0.1:{{_port}};
                    location = /mark { return 200 "{{mark}}"; }
                    location / { {{directives}} }
                }
            }
            """);
        return mark;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            using var quit = Process.Start("kill", ["-TERM", _process.Id.ToString()]);
            await quit.WaitForExitAsync();
            await _process.WaitForExitAsync();
        }
        _process?.Dispose();
        await RotaProcess.DeleteAsync(_folder);
    }
}
