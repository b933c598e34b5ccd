# The world of the RT tests: clients and an assistant, three queues, one of them with 1,100 open tickets.
# Prints {"login": "token"}: a token's plain value is shown only once, when it is made.
use strict;
use warnings;
use RT -init;
use RT::AuthToken;
use JSON ();

my $system = RT->SystemUser;

sub made {
    my ($class, %fields) = @_;
    my $object = $class->new($system);
    my ($ok, $why) = $object->Create(%fields);
    die "$class: $why\n" unless $ok;
    return $object;
}

sub grant {
    my ($who, $object, @rights) = @_;
    for my $right (@rights) {
        my ($ok, $why) = $who->PrincipalObj->GrantRight(Object => $object, Right => $right);
        die "$right: $why\n" unless $ok;
    }
}

my (%user, %token);
for my $name (qw(client second assistant reader outsider)) {
    $user{$name} = made('RT::User', Name => $name, RealName => ucfirst $name, Privileged => 1,
        EmailAddress => "$name\@localhost.localdomain", Password => "not used $name");
    my ($ok, $why, $plain) = RT::AuthToken->new($system)->Create(Owner => $user{$name}->id, Description => 'tests');
    die "token: $why\n" unless $ok;
    $token{$name} = $plain;
}

my %queue = map { $_ => made('RT::Queue', Name => $_) } qw(Plain Busy);
$queue{Delegated} = made('RT::Queue', Name => 'Delegated', Lifecycle => 'house');

my $key = made('RT::CustomField', Name => 'Spirou key', Type => 'FreeformSingle', MaxValues => 1,
    LookupType => RT::Ticket->CustomFieldLookupType);
$key->AddToObject($queue{Delegated});

my @client = qw(SeeQueue CreateTicket ShowTicket ReplyToTicket CommentOnTicket ModifyTicket SeeCustomField
    ModifyCustomField SetInitialCustomField);
for my $queue (values %queue) {
    grant($user{$_}, $queue, @client) for qw(client second);
    grant($user{assistant}, $queue, @client, qw(ShowTicketComments OwnTicket TakeTicket DeleteTicket));
}
grant($user{second}, $queue{Delegated}, 'ShowTicketComments');
grant($user{reader}, $queue{Delegated}, qw(SeeQueue ShowTicket));

my $insert = $RT::Handle->dbh->prepare(
    "INSERT INTO Tickets (EffectiveId, Queue, Type, Owner, Subject, Status, Creator, Created, LastUpdatedBy, LastUpdated)"
    . " VALUES (?, ?, 'ticket', ?, ?, 'open', ?, '2026-01-05 09:00:00', ?, '2026-01-05 09:00:00')");
$RT::Handle->BeginTransaction;
my $client = $user{client}->id;
$insert->execute($_, $queue{Busy}->id, RT->Nobody->id, "Task $_", $client, $client) for 1 .. 1100;
$RT::Handle->Commit;

print JSON->new->canonical->encode(\%token), "\n";
