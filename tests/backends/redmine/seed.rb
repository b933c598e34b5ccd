# The world of the Redmine tests: two clients and an assistant in one project, and a project with 1,100 open issues.

Setting.rest_api_enabled = '1'
Setting.default_language = 'en'
Setting.notified_events = []

def user(login, key, admin: false)
  person = User.find_by(login: login) || User.new(firstname: login.capitalize, lastname: 'Test',
                                                  mail: "#{login}@localhost.localdomain", language: 'en')
  person.login = login
  person.admin = admin
  person.status = User::STATUS_ACTIVE
  person.must_change_passwd = false
  person.password = person.password_confirmation = SecureRandom.hex
  person.save!
  Token.where(user_id: person.id, action: 'api').delete_all
  Token.create!(user: person, action: 'api')
  Token.where(user_id: person.id, action: 'api').update_all(value: key * 40)
  person
end

def project(identifier, members)
  made = Project.new(name: identifier.capitalize, identifier: identifier, is_public: false)
  made.enabled_module_names = %w[issue_tracking time_tracking files]
  made.trackers = Tracker.all
  made.save!
  members.each { |person, role| Member.create!(project: made, principal: person, roles: [role]) }
  made
end

user('admin', 'a', admin: true)
client = user('client', 'c')
second = user('second', 'd')
assistant = user('assistant', 'b')
reader = user('reader', 'e')
user('outsider', 'f')

time = %i[log_time edit_own_time_entries view_time_entries]
manager = Role.find_by!(name: 'Manager')
manager.add_permission!(:set_notes_private, :view_private_notes, :edit_issues, :delete_issues, *time)
reporter = Role.find_by!(name: 'Reporter')
reporter.remove_permission!(*time)

# A status that no table of states knows.
odd = IssueStatus.create!(name: 'Sent to the moon')
Tracker.all.each do |tracker|
  WorkflowTransition.create!(tracker_id: tracker.id, role_id: manager.id, old_status_id: 1, new_status_id: odd.id)
end

members = { client => manager, second => manager, assistant => manager, reader => reporter }
delegated = project('delegated', members)
project('plain', members)
project('timeless', members).disable_module!(:time_tracking)
busy = project('busy', members)

key = IssueCustomField.new(name: 'Spirou key', field_format: 'string', is_filter: true, visible: true)
key.trackers = Tracker.all
key.projects = [delegated]
key.save!

# Who may only report may not say until when.
Tracker.all.each do |tracker|
  WorkflowPermission.create!(tracker_id: tracker.id, role_id: reporter.id, old_status_id: 1,
                             field_name: 'due_date', rule: 'readonly')
end

long_ago = Time.utc(2026, 1, 5, 9)
first = (Issue.maximum(:id) || 0) + 1
Issue.insert_all!(
  (first...first + 1100).map do |id|
    { id: id, root_id: id, lft: 1, rgt: 2, project_id: busy.id, tracker_id: Tracker.first.id,
      status_id: IssueStatus.find_by!(name: 'New').id, priority_id: IssuePriority.default.id, author_id: client.id,
      subject: "Task #{id}", description: '', created_on: long_ago, updated_on: long_ago }
  end
)
