using Rota.Commands;
using Rota.Workers;
using Xunit;

namespace Rota.Tests.Commands;

public sealed class SettingsTests : IDisposable
{
    private readonly CommandRun _run = new();

    private Settings Read(params SettingValue[] commandLine) => SettingsReader.Read(_run.Terminal, commandLine);

    [Fact]
    public void Without_anything_all_stands_under_the_data_folder_on_loopback()
    {
        var settings = Read();

        Assert.Equal(Path.Combine(_run.Folder, "data"), settings.DataFolder);
        Assert.Equal(Path.Combine(_run.Folder, "data", "rota.db"), settings.Database);
        Assert.Equal(Path.Combine(_run.Folder, "data", "fernet.key"), settings.KeyPath);
        Assert.Equal("http://127.0.0.1:8600/", Assert.Single(settings.Urls).ToString());
        Assert.True(settings.IsLoopback);
        Assert.Empty(settings.Warnings);
    }

    [Fact]
    public void The_command_line_wins_over_variables_and_those_over_files()
    {
        Directory.CreateDirectory(Path.Combine(_run.Folder, "data"));
        File.WriteAllText(Path.Combine(_run.Folder, "appsettings.json"),
            """{ "Port": 1, "LogFormat": "json", "Workers": { "Prefetch": 7, "Queues": ["a", "b=2"] } }""");
        File.WriteAllText(Path.Combine(_run.Folder, "data", "appsettings.json"),
            """{ "Port": 2, "Workers": { "Concurrency": 4 } }""");
        _run.Variables["ROTA_PORT"] = "3";
        _run.Variables["ROTA_WORKERS__CONCURRENCY"] = "5";
        _run.Variables["ROTA_WORKERS__DRAIN"] = "90s";

        var settings = Read(new SettingValue(["Port"], "4", "--port"));
        var workers = new WorkerOptions();
        settings.Apply(WorkerOptions.Section, workers);

        Assert.Equal(4, settings.Urls[0].Port);
        Assert.True(settings.IsJsonLog);
        Assert.Equal((5, 7, TimeSpan.FromSeconds(90)), (workers.Concurrency, workers.Prefetch, workers.Drain));
        Assert.Equal(["a", "b=2"], workers.Queues);
    }

    [Fact]
    public void Names_of_the_followed_systems_work_and_Rotas_own_win()
    {
        _run.Variables["DATA_DIR"] = "seed";
        _run.Variables["LOG_DIR"] = "seed-logs";
        _run.Variables["ROTA_LOG_DIR"] = "own-logs";
        _run.Variables["FERNET_KEY_PATH"] = "/keys/one";

        var settings = Read();

        Assert.Equal(Path.Combine(_run.Folder, "seed"), settings.DataFolder);
        Assert.Equal(Path.Combine(_run.Folder, "own-logs"), settings.LogFolder);
        Assert.Equal("/keys/one", settings.KeyPath);
    }

    [Theory]
    [InlineData("db.example", "postgres://ann:p%40s%2Fs@db.example:5433/jobs")]
    [InlineData("::1", "postgres://ann:p%40s%2Fs@[::1]:5433/jobs")]
    public void A_database_may_be_named_in_parts(string host, string url)
    {
        File.WriteAllText(Path.Combine(_run.Folder, "appsettings.json"), """{ "Database": "sqlite:file.db" }""");
        (_run.Variables["DB_HOST"], _run.Variables["DB_PORT"]) = (host, "5433");
        (_run.Variables["DB_USER"], _run.Variables["DB_PASSWORD"]) = ("ann", "p@s/s");
        _run.Variables["DB_DATABASE"] = "jobs";

        Assert.Equal(url, Read().Database);

        _run.Variables["DB_URL"] = "postgres://whole/one";
        Assert.Equal("postgres://whole/one", Read().Database);
        _run.Variables["ROTA_DATABASE"] = "postgres://own/one";
        Assert.Equal("postgres://own/one", Read().Database);
    }

    [Fact]
    public void Of_a_database_in_parts_only_its_host_must_be_named()
    {
        _run.Variables["DB_HOST"] = "db.example";

        Assert.Equal("postgres://rota@db.example:5432/rota", Read().Database);
    }

    [Fact]
    public void All_errors_are_told_at_once_each_with_its_name_and_what_to_write()
    {
        _run.Variables["ROTA_WORKERS__CONCURRENCY"] = "0";
        _run.Variables["ROTA_WORKERS__DRAIN"] = "soon";
        _run.Variables["ROTA_LOG_FORMAT"] = "xml";
        _run.Variables["ROTA_DATABASE"] = "oracle:x";
        _run.Variables["ROTA_URLS"] = "nowhere";

        var error = Assert.Throws<SettingsException>(() => Read());

        Assert.Equal(5, error.Problems.Count);
        Assert.Contains(new SettingsProblem("ROTA_WORKERS__CONCURRENCY is 0.", "Write a number from 1 to 1,000."),
            error.Problems);
        Assert.Contains(new SettingsProblem("ROTA_WORKERS__DRAIN is 'soon'.", "Write a duration from 0s to 1h."),
            error.Problems);
        Assert.Contains(error.Problems, problem => problem.Message == "ROTA_LOG_FORMAT is 'xml'.");
    }

    [Theory]
    [InlineData("ROTA_PROT", "did you mean ROTA_PORT?")]
    [InlineData("ROTA_WORKERS__CONCURENCY", "did you mean Workers:Concurrency?")]
    [InlineData("ROTA_WHATEVER_ELSE", "is no setting of Rota and is ignored")]
    public void An_unknown_variable_is_warned_of_with_the_nearest_name(string variable, string expected)
    {
        _run.Variables[variable] = "1";

        Assert.Contains(expected, Assert.Single(Read().Warnings));
    }

    [Fact]
    public void A_list_is_set_by_number_or_with_commas()
    {
        _run.Variables["ROTA_WORKERS__QUEUES__0"] = "mail=3";
        _run.Variables["ROTA_WORKERS__QUEUES__1"] = "default";
        _run.Variables["ROTA_INTEGRATIONS__ALLOWEDHOSTS"] = "127.0.0.1, intranet.example";
        var workers = new WorkerOptions();
        var integrations = new Rota.Integrations.IntegrationOptions();

        Read().Apply("Workers", workers);
        Read().Apply("Integrations", integrations);

        Assert.Equal(["mail=3", "default"], workers.Queues);
        Assert.Equal(["127.0.0.1", "intranet.example"], integrations.AllowedHosts);
    }

    [Fact]
    public void Retention_of_one_kind_is_read()
    {
        File.WriteAllText(Path.Combine(_run.Folder, "appsettings.json"),
            """{ "Retention": { "Succeeded": "1d", "Kinds": { "my_kind.x": { "Failed": "2d" } } } }""");
        var retention = new Rota.Jobs.RetentionOptions();

        Read().Apply("Retention", retention);

        Assert.Equal(TimeSpan.FromDays(1), retention.Succeeded);
        Assert.Equal(TimeSpan.FromDays(2), retention.Kinds["my_kind.x"].Failed);
    }

    [Fact]
    public void Supervisors_are_read_in_the_order_of_their_numbers()
    {
        _run.Variables["ROTA_SUPERVISORS__1__NAME"] = "second";
        _run.Variables["ROTA_SUPERVISORS__1__URL"] = "http://10.0.0.7:9001";
        _run.Variables["ROTA_SUPERVISORS__1__USERNAME"] = "rota";
        _run.Variables["ROTA_SUPERVISORS__1__PASSWORD"] = "x";
        File.WriteAllText(Path.Combine(_run.Folder, "appsettings.json"),
            """{ "Supervisors": [ { "Name": "first", "Url": "unix:///run/supervisor.sock" } ] }""");

        var settings = Read();

        Assert.Equal([("first", "unix:///run/supervisor.sock", null), ("second", "http://10.0.0.7:9001", "rota")],
            settings.Supervisors.Select(one => (one.Name, one.Url, one.Username)));
        Assert.Empty(settings.Warnings);
    }

    [Theory]
    [InlineData("ROTA_SUPERVISORS__0__URL", "ftp://here", "ROTA_SUPERVISORS__0__URL: 'ftp://here' is no address.")]
    [InlineData("ROTA_SUPERVISORS__0__URL", "http://rota:s3cret@host:9001",
        "ROTA_SUPERVISORS__0__URL: The address has a user or a password in it.")]
    [InlineData("ROTA_SUPERVISORS__0__NAME", "a b", "ROTA_SUPERVISORS__0__NAME: The name 'a b' has ' ' at 2.")]
    [InlineData("ROTA_SUPERVISORS__0__PASSWORD", "s3cret", "ROTA_SUPERVISORS__0__USERNAME: One of the two is missing.")]
    [InlineData("ROTA_SUPERVISORS__1__URL", "unix:///s", "ROTA_SUPERVISORS__1__NAME: The name is empty.")]
    [InlineData("ROTA_SUPERVISORS__MAIN", "unix:///s", "ROTA_SUPERVISORS__MAIN names no supervisor and property.")]
    public void A_wrong_supervisor_is_told_with_the_settings_full_name_and_no_password(
        string variable, string value, string expected)
    {
        _run.Variables["ROTA_SUPERVISORS__0__NAME"] = "main";
        _run.Variables["ROTA_SUPERVISORS__0__URL"] = "unix:///run/supervisor.sock";
        _run.Variables[variable] = value;

        var problem = Assert.Single(Assert.Throws<SettingsException>(() => Read()).Problems);

        Assert.Equal(expected, problem.Message);
        Assert.NotEmpty(problem.Hint);
        Assert.DoesNotContain("s3cret", problem.ToString());
    }

    public void Dispose() => _run.Dispose();
}
