using Rota.Supervisor.Config;
using Xunit;

namespace Rota.Supervisor.Tests.Config;

public class DaemonOptionsTests
{
    [Fact]
    public void Every_option_has_its_short_its_long_and_its_shortened_long_form()
    {
        string[] shorts = ["-c", "f", "-nskt", "-u", "root", "-m022", "-d", "/", "-l", "/tmp/l", "-y", "1KB", "-z", "3",
            "-e",
            "warn", "-j", "/tmp/p", "-i", "me", "-q", "/tmp", "-a", "9", "--minprocs", "8", "--profile_options=calls"];
        string[] longs = ["--configuration=f", "--nodaemon", "--silent", "--nocleanup", "--strip_ansi", "--user",
            "root",
            "--umask=022", "--directory", "/", "--logfile=/tmp/l", "--logfile_maxbytes=1kb", "--logfile_backups=3",
            "--loglevel=WARN", "--pidfile=/tmp/p", "--identifier=me", "--childlogdir=/tmp", "--minf=9", "--minp", "8"];
        var options = DaemonOptions.Parse(shorts);
        Assert.Equal(options, DaemonOptions.Parse(longs));
        Assert.Equal(new DaemonOptions
        {
            ConfigFile = "f",
            NoDaemon = true,
            Silent = true,
            NoCleanup = true,
            StripAnsi = true,
            User = new UserIds("root", 0, 0),
            Umask = 18,
            Directory = "/",
            LogFile = "/tmp/l",
            LogFileMaxBytes = 1024,
            LogFileBackups = 3,
            LogLevel = LogLevel.Warn,
            PidFile = "/tmp/p",
            Identifier = "me",
            ChildLogDir = "/tmp",
            MinFds = 9,
            MinProcs = 8,
        }, options);
    }

    [Theory]
    [InlineData("-x", "option -x not recognized")]
    [InlineData("--nothing", "option --nothing not recognized")]
    [InlineData("--log=x", "option --log not a unique prefix")]
    [InlineData("-c", "option -c requires argument")]
    [InlineData("--user", "option --user requires argument")]
    [InlineData("--nodaemon=1", "option --nodaemon must not have an argument")]
    [InlineData("-n -n", "conflicting command line option '-n'")]
    [InlineData("-n start web", "positional arguments are not supported: ['start', 'web']")]
    [InlineData("-m 9", "invalid value for -m: '9' is no octal number; write digits from 0 to 7, for example 022")]
    public void What_is_wrong_is_said(string line, string message) => Assert.Equal(message,
        Assert.Throws<UsageException>(() => DaemonOptions.Parse(line.Split(' '))).Message);

    [Theory]
    [InlineData("-h")]
    [InlineData("-n --help -u nobody-of-that-name")]
    public void Help_ends_the_reading(string line) => Assert.True(DaemonOptions.Parse(line.Split(' ')).WantsHelp);
}
